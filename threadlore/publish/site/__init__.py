"""The FAQ pages."""
