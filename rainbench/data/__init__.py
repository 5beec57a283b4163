"""Datasets on disk: where they lie, what they are, whether they are whole."""
