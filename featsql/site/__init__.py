"""The documentation site: pages for people, drawn from the artifacts alone."""
