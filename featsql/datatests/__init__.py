"""Data tests: what each kind counts as a failure, as SQL over the tested relation."""
