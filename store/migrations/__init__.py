"""Schema changes: numbered, append-only steps."""
