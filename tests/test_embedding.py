"""Every vector is stored before it is used, and embedded once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from threadlore.embedding import BATCH, content_hash, embed_cached
from threadlore.testing import HashEmbedder

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DictCache:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], NDArray[np.float32]] = {}

    def embeddings(self, model: str, content_hashes: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        return {key: self.rows[model, key] for key in content_hashes if (model, key) in self.rows}

    def save_embeddings(self, model: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        self.rows |= {(model, key): vector for key, vector in vectors.items()}


class BreakingEmbedder(HashEmbedder):
    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.calls >= BATCH:
            raise KeyboardInterrupt
        return await super().embed(texts)


def test_vectors_come_in_the_order_of_the_texts() -> None:
    texts = ["a long text about etcd and its disk", "short", "a long text about etcd and its disk"]
    embedder = HashEmbedder()
    vectors = asyncio.run(embed_cached(DictCache(), embedder, texts))
    assert vectors.shape == (3, embedder.dimension)
    assert np.array_equal(vectors[0], vectors[2])
    assert np.array_equal(vectors[1], asyncio.run(embedder.embed(["short"]))[0])


def test_equal_texts_are_embedded_once_and_a_second_call_embeds_nothing() -> None:
    cache, embedder = DictCache(), HashEmbedder()
    asyncio.run(embed_cached(cache, embedder, ["one", "two", "one"]))
    assert embedder.calls == 2
    asyncio.run(embed_cached(cache, embedder, ["two", "one"]))
    assert embedder.calls == 2


def test_finished_batches_survive_a_break() -> None:
    cache, texts = DictCache(), [f"text number {number}" for number in range(BATCH + 5)]
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(embed_cached(cache, BreakingEmbedder(), texts))
    assert len(cache.rows) == BATCH


def test_no_texts_give_no_rows() -> None:
    assert asyncio.run(embed_cached(DictCache(), HashEmbedder(), [])).shape == (0, 64)


def test_content_hash_takes_lone_surrogates() -> None:
    assert content_hash("\ud800") != content_hash("\ud801")
