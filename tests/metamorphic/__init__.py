"""Relations between two runs that hold whatever the values are: no oracle, only what a change must do, or must not."""
