"""Embedding with a cache: every vector is stored under its content hash before it is used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from threadlore.seams import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 64
"""Texts embedded, and then stored, at a time: what a kill can cost."""


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

    Texts of similar length go together, which keeps the padding of a batch small.
    """
    import asyncio

    import numpy as np

    hashes = [content_hash(text) for text in texts]
    known = await asyncio.to_thread(cache.embeddings, embedder.model, set(hashes))
    missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
    order = sorted(missing, key=lambda key: (len(missing[key]), key))
    for start in range(0, len(order), BATCH):
        keys = order[start : start + BATCH]
        vectors = await embedder.embed([missing[key] for key in keys])
        fresh = dict(zip(keys, vectors, strict=True))
        await asyncio.to_thread(cache.save_embeddings, embedder.model, fresh)
        known.update(fresh)
    if not hashes:
        return np.zeros((0, embedder.dimension), dtype=np.float32)
    return np.stack([known[key] for key in hashes])
