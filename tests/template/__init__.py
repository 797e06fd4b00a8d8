"""The project that `featsql init` makes, built as its README says, on its real data."""
