"""Stage 9: what each node leaves in the warehouse, as steps."""
