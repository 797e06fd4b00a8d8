"""Every strategy, and the choice among them, against the best SQL that was written by hand for the same features."""
