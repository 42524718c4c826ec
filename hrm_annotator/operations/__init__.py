"""User verbs that run off the main thread, one file per noun."""
