"""Milvus follows the records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.store.builders import a_batch, a_conversation, a_message, a_question, a_thread, an_entry
from threadlore.seams import Embedder, VectorQuery, VectorStore
from threadlore.store.outbox import drain, rebuild
from threadlore.store.records import Records
from threadlore.store.vectors import MilvusVectors
from threadlore.testing import HashEmbedder
from threadlore.types import EntryState

DIMENSION = 32


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[MilvusVectors]:
    opened = MilvusVectors(str(tmp_path / "milvus.db"), dimension=DIMENSION)
    yield opened
    asyncio.run(opened.close())


def drained(records: Records, vectors: VectorStore, embedder: Embedder) -> dict[str, int]:
    return asyncio.run(drain(records, lambda: vectors, lambda: embedder))


def row_ids(vectors: VectorStore, collection: str) -> list[str]:
    async def collect() -> list[str]:
        return sorted([row_id async for row_id in vectors.row_ids(collection)])

    return asyncio.run(collect())


def opens_nothing() -> NoReturn:
    raise AssertionError("nothing was left to do, and yet a client was opened")


def fill(records: Records) -> str:
    thread = a_thread("7", "Index types")
    message = a_message("1", "Which index should I use?", thread_id=thread.id)
    records.save_batch(a_batch(message, threads=(thread,)))
    records.save_questions("extractive", {thread.id: [a_question(thread.id, message, "Which index?")]})
    records.save_entries([an_entry(paraphrases=("How to start?", "Starting up"))])
    return thread.id


def test_records_arrive_in_their_collections(records: Records, vectors: MilvusVectors) -> None:
    thread_id = fill(records)
    assert drained(records, vectors, HashEmbedder(DIMENSION)) == {
        "threads": 1,
        "questions": 1,
        "phrasings": 3,
    }
    assert row_ids(vectors, "threads") == [thread_id]
    assert row_ids(vectors, "phrasings") == ["e_1#0", "e_1#1", "e_1#2"]
    ((hit,),) = asyncio.run(vectors.search("threads", [VectorQuery(text="index types")], 5))
    assert hit.id == thread_id


def test_an_empty_outbox_opens_neither_client(records: Records, vectors: MilvusVectors) -> None:
    fill(records)
    drained(records, vectors, HashEmbedder(DIMENSION))
    assert asyncio.run(drain(records, opens_nothing, opens_nothing)) == {}


def test_a_change_that_milvus_would_not_see_opens_neither_client(
    records: Records, vectors: MilvusVectors
) -> None:
    thread_id = fill(records)
    drained(records, vectors, HashEmbedder(DIMENSION))
    records.save_batch(a_batch(a_message("2", "A late reply", thread_id=thread_id)))
    assert asyncio.run(drain(records, opens_nothing, opens_nothing)) == {}


def test_phrasings_leave_when_the_entry_is_no_answer_any_more(
    records: Records, vectors: MilvusVectors
) -> None:
    fill(records)
    embedder = HashEmbedder(DIMENSION)
    drained(records, vectors, embedder)
    records.save_entries([an_entry(paraphrases=("How to start?",))])
    drained(records, vectors, embedder)
    assert row_ids(vectors, "phrasings") == ["e_1#0", "e_1#1"]
    records.save_entries([an_entry(state=EntryState.STALE)])
    assert drained(records, vectors, embedder) == {"deleted": 2}
    assert row_ids(vectors, "phrasings") == []


def test_a_split_thread_gives_way_to_its_conversations(records: Records, vectors: MilvusVectors) -> None:
    thread_id = fill(records)
    embedder = HashEmbedder(DIMENSION)
    drained(records, vectors, embedder)
    part = a_conversation(thread_id, records.messages([a_message("1").id]))
    records.save_split(thread_id, [part])
    drained(records, vectors, embedder)
    assert row_ids(vectors, "threads") == [part.id]


def test_rebuild_makes_milvus_anew_without_embedding_again(records: Records, vectors: MilvusVectors) -> None:
    fill(records)
    embedder = HashEmbedder(DIMENSION)
    drained(records, vectors, embedder)
    embedded = embedder.calls
    counts = asyncio.run(rebuild(records, lambda: vectors, lambda: embedder))
    assert counts == {"threads": 1, "questions": 1, "phrasings": 3}
    assert embedder.calls == embedded
    assert asyncio.run(vectors.count("phrasings")) == 3
    assert asyncio.run(drain(records, opens_nothing, opens_nothing)) == {}


def test_another_embedding_model_has_every_collection_written_afresh(
    records: Records, vectors: MilvusVectors
) -> None:
    fill(records)
    drained(records, vectors, HashEmbedder(DIMENSION))
    asyncio.run(vectors.close())
    other = MilvusVectors(vectors.uri, dimension=2 * DIMENSION)
    records.save_entries([an_entry("e_2", question="Another question?")])
    counts = drained(records, other, HashEmbedder(2 * DIMENSION))
    assert counts == {"threads": 1, "questions": 1, "phrasings": 4}
    assert asyncio.run(other.count("phrasings")) == 4
    asyncio.run(other.close())
