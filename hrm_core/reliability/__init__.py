"""Who agrees with whom: raters paired frame by frame."""
