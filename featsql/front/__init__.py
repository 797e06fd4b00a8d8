"""Reading a project's text: YAML, templates and SQL become typed data with the place of every word."""
