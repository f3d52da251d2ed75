"""Embedding with a cache: every vector is stored under its content hash before it is used."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from threadlore.seams import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 64
"""Texts embedded, and then stored, at a time: what a kill can cost."""

PAGE = 4096
"""Vectors read from the cache at a time."""


class EmbeddingCache(Protocol):
    """The part of the records that keeps vectors."""

    def embeddings(self, model: str, content_hashes: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Return known vectors by content hash."""
        ...

    def save_embeddings(self, model: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep vectors by content hash."""
        ...


def content_hash(text: str) -> str:
    """Return the key under which the vector of `text` is kept (sha256, 32 hexadecimal digits)."""
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()[:32]


async def embed_cached(
    cache: EmbeddingCache, embedder: Embedder, texts: Sequence[str]
) -> NDArray[np.float32]:
    """Return vectors of shape (len(texts), dimension), embedding only what `cache` does not know.

    Texts of similar length go together, which keeps the padding of a batch small. In memory are the
    vectors that are returned, and a page of them as the cache gives them.
    """
    import asyncio

    import numpy as np

    if not texts:
        return np.zeros((0, embedder.dimension), dtype=np.float32)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        rows[content_hash(text)].append(row)
    keys, missing = list(rows), list[str]()
    table = np.empty((len(texts), 0), dtype=np.float32)
    for start in range(0, len(keys), PAGE):
        page = keys[start : start + PAGE]
        known = await asyncio.to_thread(cache.embeddings, embedder.model, page)
        table = _filled(table, rows, known)
        missing += [key for key in page if key not in known]
    missing.sort(key=lambda key: (len(texts[rows[key][0]]), key))
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        vectors = await embedder.embed([texts[rows[key][0]] for key in batch])
        fresh = dict(zip(batch, vectors, strict=True))
        await asyncio.to_thread(cache.save_embeddings, embedder.model, fresh)
        table = _filled(table, rows, fresh)
    return table


def _filled(
    table: NDArray[np.float32], rows: Mapping[str, Sequence[int]], vectors: Mapping[str, NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Return `table` with the vectors in the rows of their texts; the first one tells how wide it is."""
    import numpy as np

    if vectors and not table.shape[1]:
        width = len(next(iter(vectors.values())))
        table = np.empty((len(table), width), dtype=np.float32)
    for key, vector in vectors.items():
        for row in rows[key]:
            table[row] = vector
    return table
