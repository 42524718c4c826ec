"""Sessions of ratings: trials and their order, signed answers, what they came to."""
