"""Shipped fakes: stand-ins for the slow or outside parts, for our tests and for users' tests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD = re.compile(r"\w+")


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at or datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the moment at which the clock stands."""
        return self._at

    def advance(self, step: timedelta) -> None:
        """Move the clock forward by `step`."""
        self._at += step


class HashEmbedder:
    """An embedder without a model: words hashed into buckets, so that texts sharing words are near.

    `calls` counts the texts that were embedded, to show what a cache saved.
    """

    languages: frozenset[str] | None = None

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.model = f"hash-{dimension}"
        self.calls = 0

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape (len(texts), dimension), float32, rows of length one."""
        import numpy as np

        self.calls += len(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[0] = 0.01
            for word in _WORD.findall(text.lower()):
                code = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
                row[code % self.dimension] += 1.0
            row /= np.linalg.norm(row)
        return vectors
