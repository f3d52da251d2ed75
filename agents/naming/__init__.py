"""Names and areas of topics."""
