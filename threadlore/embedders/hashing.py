"""Embedding without a model, by hashed words: for tests, and to try the rest on a tiny machine."""

from __future__ import annotations

from threadlore.testing import HashEmbedder

DIMENSION = 384


def load(model: str) -> HashEmbedder:
    """Return the hashing embedder; `model` is not used, since there is none."""
    return HashEmbedder(DIMENSION)
