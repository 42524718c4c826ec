"""Go over what was coded: checks and findings."""
