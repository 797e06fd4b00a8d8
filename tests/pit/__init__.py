"""Executed point-in-time cases: rows in, rows out, one rule of the contract each."""
