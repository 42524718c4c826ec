"""Ask once, and say what must be decided."""
