"""The types that stages hand to each other: frozen dataclasses, no behaviour beyond properties."""
