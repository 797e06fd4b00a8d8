"""Tables that take in rows: snapshots and incremental models, against references in plain Python and full refreshes."""
