"""Rain streaks: rendered, laid over photographs, and measured."""
