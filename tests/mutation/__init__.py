"""Bugs put into the compiler on purpose, one at a time: the tests must notice every one of them."""
