"""How long the site of a large project takes: to write, to open, and to draw its graph."""
