"""Which command runs which operation."""
