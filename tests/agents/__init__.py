"""Tests of `threadlore.agents`."""
