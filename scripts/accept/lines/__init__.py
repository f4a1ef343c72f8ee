"""The checks of lines that are too long to stand in their table."""
