"""The profile for any community."""
