"""From parsed files to the feature graph, and the selection of nodes in it."""
