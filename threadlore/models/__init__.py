"""Chat backends: one file each, found by its name."""
