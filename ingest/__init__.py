"""Ingest: sources, scrub, conversations."""
