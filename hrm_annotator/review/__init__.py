"""Going over codes again: what to look at."""
