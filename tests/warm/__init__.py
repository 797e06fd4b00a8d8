"""A warm compile is a cold compile, byte for byte: random edits of a project, compiled both ways after each."""
