"""Runs and their record: who measures what, and what is on disk of it."""
