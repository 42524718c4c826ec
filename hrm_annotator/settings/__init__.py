"""Preferences of this person on this machine."""
