"""Stage 0: a project on disk, its target, and the columns of the files that it reads."""
