"""Chat backends."""
