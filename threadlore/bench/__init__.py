"""Measures the real functions on labelled data: `threadlore bench`."""
