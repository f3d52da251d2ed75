"""Sources, one file each, found by their name."""
