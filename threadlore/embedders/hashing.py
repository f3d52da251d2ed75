"""Embedding without a model, by hashed words: for tests, and to try the rest on a tiny machine."""

from __future__ import annotations

from threadlore.endpoints import Endpoint
from threadlore.testing import HashEmbedder

DIMENSION = 384


def load(model: str, endpoint: Endpoint) -> HashEmbedder:
    """Return the hashing embedder; it needs neither a model nor an endpoint."""
    return HashEmbedder(DIMENSION)
