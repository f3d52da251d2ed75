"""The demo's own small corpus."""
