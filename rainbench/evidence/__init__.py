"""What reports are made of: measured, published, and how sure."""
