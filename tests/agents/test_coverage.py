"""Documentation that covers a topic."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.forum import Exchange, context_of, fill
from threadlore.agents.context import AnalysisContext
from threadlore.agents.coverage import cover_topics
from threadlore.agents.draft import draft_topics
from threadlore.agents.drafting.matters import read_lore
from threadlore.seams import VectorRow
from threadlore.store.records import Records
from threadlore.types import Document, FaqEntry

ASKED = "How do I upgrade milvus with helm?"


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path / "data")
    yield opened
    opened.close()


def document(key: str, heading: str, text: str) -> Document:
    return Document(
        id=key,
        source="docs:milvus",
        path=f"{key}.md",
        url=f"https://milvus.io/docs/{key}.md",
        title=heading,
        heading=heading,
        version="2.6",
        text=text,
    )


GUIDE = document("upgrade", "Upgrade milvus with helm", "To upgrade milvus with helm, run helm upgrade once.")
OTHER = document("time", "Time travel", "Reads data of the past by a timestamp.")


async def index(context: AnalysisContext, *documents: Document) -> None:
    vectors = await context.embedder().embed([f"{one.title} {one.text}" for one in documents])
    rows = [
        VectorRow(id=one.id, owner=one.id, text=one.text, vector=vector)
        for one, vector in zip(documents, vectors, strict=True)
    ]
    await context.vectors().upsert("documents", rows)


def test_a_topic_is_covered_by_the_page_on_it_and_by_no_other(records: Records, tmp_path: Path) -> None:
    fill(records, [Exchange(ASKED)], [GUIDE, OTHER])
    context = context_of(records, tmp_path)

    async def cover() -> tuple[dict[str, int], dict[str, int]]:
        await index(context, GUIDE, OTHER)
        first, second = await cover_topics(context), await cover_topics(context)
        await context.vectors().close()
        return first, second

    first, second = asyncio.run(cover())
    assert first == {"covered": 1, "uncovered": 0, "unchanged": 0}
    assert second == {"covered": 0, "uncovered": 0, "unchanged": 1}
    (topic,) = records.topics()
    assert [link.url for link in topic.documents] == [GUIDE.url]


def test_a_topic_that_no_page_is_on_stays_uncovered(records: Records, tmp_path: Path) -> None:
    fill(records, [Exchange("Why is my query node out of memory?")], [GUIDE, OTHER])
    context = context_of(records, tmp_path)

    async def cover() -> dict[str, int]:
        await index(context, GUIDE, OTHER)
        counts = await cover_topics(context)
        await context.vectors().close()
        return counts

    assert asyncio.run(cover())["uncovered"] == 1
    assert records.topics()[0].documents == ()


def test_a_draft_quotes_and_links_the_documentation(records: Records, tmp_path: Path) -> None:
    said = Exchange(ASKED, "You need to upgrade the milvus helm chart and then restart milvus.")
    topic = fill(records, [said, Exchange(ASKED, asker="bob")], [GUIDE, OTHER])
    context = context_of(records, tmp_path)

    async def drafts() -> list[FaqEntry]:
        await index(context, GUIDE, OTHER)
        found = await draft_topics(context, [topic.id], read_lore(context))
        await context.vectors().close()
        return [one.entry for one in found.manuscripts]

    (entry,) = asyncio.run(drafts())
    assert [one.kind for one in entry.citations] == ["message", "document"]
    assert entry.citations[1].quote == GUIDE.text
    assert [link.url for link in entry.doc_links] == [GUIDE.url]
