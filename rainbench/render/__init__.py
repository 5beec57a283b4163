"""Blocks of a report as text: tables in Markdown, LaTeX, CSV."""
