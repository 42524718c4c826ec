"""What is proposed to a coder, never written by itself: arrays in, proposals out."""
