"""See the video: exact frames, one at a time or in motion, beside the neutral face."""
