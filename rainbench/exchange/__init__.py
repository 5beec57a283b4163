"""Results handed on: one file that holds them, joined with others', and checked."""
