"""Tests of `threadlore.ingest`."""
