"""Tests of the embedding backends."""
