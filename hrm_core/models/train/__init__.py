"""Training: recipes, folds, loops and what a run leaves behind."""
