"""Tests of `threadlore.bench`."""
