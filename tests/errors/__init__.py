"""The error pages: each is a small project that is wrong, and the error that it gets."""
