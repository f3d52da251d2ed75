"""Tools with the standard library alone: the same files can run in a browser."""
