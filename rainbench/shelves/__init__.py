"""What is on the shelves, and how a file there becomes a value."""
