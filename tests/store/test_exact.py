"""The search without Milvus finds what Milvus finds by vector, and shows nobody what is private."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.store.builders import an_entry
from threadlore.errors import BadInput
from threadlore.seams import Hit, VectorQuery
from threadlore.store import schema
from threadlore.store.exact import ExactVectors
from threadlore.store.outbox import drain
from threadlore.store.records import Records
from threadlore.store.vectors import MilvusVectors
from threadlore.testing import HashEmbedder
from threadlore.types import Visibility

WORDS = ("red", "green", "blue", "slow", "fast", "search", "index", "memory")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    opened = Records(tmp_path / "data")
    texts = [f"{first} {second} question" for first in WORDS for second in WORDS if first != second]
    opened.save_entries([an_entry(f"e_{n:02}", question=text) for n, text in enumerate(texts)])
    hidden = an_entry("e_hidden", question="red green question", visibility=Visibility.PRIVATE)
    opened.save_entries([hidden])
    return opened


def searched(store: object, records: Records, embedder: HashEmbedder, text: str) -> list[Hit]:
    async def run() -> list[Hit]:
        vector = (await embedder.embed([text]))[0]
        found: list[list[Hit]] = await store.search(schema.PHRASINGS, [VectorQuery(vector)], 6)  # type: ignore[attr-defined]
        return found[0]

    return asyncio.run(run())


def test_it_finds_what_milvus_finds_by_vector(tmp_path: Path, records: Records) -> None:
    embedder = HashEmbedder(256)
    milvus = MilvusVectors(uri=str(tmp_path / "milvus.db"), dimension=256)

    async def fill() -> None:
        await drain(records, lambda: milvus, lambda: embedder)

    asyncio.run(fill())
    exact = ExactVectors(records, embedder)
    for text in ("red green question", "a slow search", "how much memory"):
        ours, theirs = (searched(store, records, embedder, text) for store in (exact, milvus))
        assert [round(hit.score, 4) for hit in ours] == [round(hit.score, 4) for hit in theirs]
    asyncio.run(milvus.close())


def test_private_rows_are_found_only_by_who_may_see_them(records: Records) -> None:
    embedder = HashEmbedder(256)
    exact = ExactVectors(records, embedder)
    assert "e_hidden" not in {hit.owner for hit in searched(exact, records, embedder, "red green question")}


def test_a_query_without_a_vector_is_refused(records: Records) -> None:
    exact = ExactVectors(records, HashEmbedder(256))
    with pytest.raises(BadInput, match="by words alone"):
        asyncio.run(exact.search(schema.PHRASINGS, [VectorQuery(text="red")], 5))


def test_an_empty_collection_has_no_hits(records: Records) -> None:
    embedder = HashEmbedder(256)
    exact = ExactVectors(records, embedder)

    async def run() -> list[list[Hit]]:
        vector = (await embedder.embed(["red"]))[0]
        return await exact.search(schema.DOCUMENTS, [VectorQuery(vector)], 5)

    assert asyncio.run(run()) == [[]]
