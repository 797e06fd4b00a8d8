"""Doing what the steps say: builds, queries, results, and the events that tell of them."""
