"""Training: recipes, patches, the loop, checkpoints."""
