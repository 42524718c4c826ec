"""Codes of a whole recording over its frames, to be seen, walked and marked."""
