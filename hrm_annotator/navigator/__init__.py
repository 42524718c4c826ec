"""Find a recording in the study."""
