"""Other programs' files, one file per format."""
