"""The pages of docs/ as tests: what they show is built and run, and must come out as shown."""
