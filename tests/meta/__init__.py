"""The laws of docs/ARCHITECTURE.md as tests: the source is read, never imported, so that a breach is found before it runs."""
