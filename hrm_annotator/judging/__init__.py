"""What a judge sees: one clip at a time, the question, the scale, and nothing that tells whose face it is."""
