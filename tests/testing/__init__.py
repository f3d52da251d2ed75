"""The shipped fakes."""
