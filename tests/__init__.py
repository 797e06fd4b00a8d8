"""The tests, as one package: processes that tests start find the same modules under the same names."""
