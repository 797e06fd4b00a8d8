"""An independent reference of what a feature is worth at a time, and the comparison of the product with it."""
