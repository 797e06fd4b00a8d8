"""Leaks planted in copies of the project template: by which test each is found."""
