"""Spans, diagnostics, codes, graphs and fingerprints: the ground that every other layer stands on (standard library only)."""
