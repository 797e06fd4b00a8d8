"""Malformed projects as data: each file of `cases/` is a list, and `test_malformed.py` says what a case is."""
