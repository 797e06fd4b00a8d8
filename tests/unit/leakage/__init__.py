"""Leakage tests: what they find, and what they leave in peace."""
