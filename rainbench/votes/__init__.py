"""Blind votes: ballots, what people chose, and how strong that says a method is."""
