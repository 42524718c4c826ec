"""Frozen values that travel between rooms; no behaviour beyond their own fields."""
