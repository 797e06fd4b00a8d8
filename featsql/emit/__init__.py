"""Stage 8: relations as SQL text in one dialect, and text bound to the relations of a warehouse."""
