"""Routes of the REST side, by subject."""
