"""A data folder with questions, and the context in which the nodes run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from threadlore import ids
from threadlore.agents.context import AnalysisContext
from threadlore.profile import Area, Profile
from threadlore.seams import CleanBatch, VectorStore
from threadlore.store.records import Records
from threadlore.testing import HashEmbedder
from threadlore.types import Channel, Message, Question, Thread, ThreadKind

NOW = datetime(2026, 11, 1, tzinfo=UTC)
START = datetime(2026, 10, 1, tzinfo=UTC)
SOURCE = "test:one"

PROFILE = Profile(
    name="test",
    product="Milvus",
    community="Test",
    areas=(
        Area(
            name="deployment",
            title="Deployment",
            description="install start docker etcd connection",
            keywords=("etcd", "docker"),
        ),
        Area(
            name="data", title="Data", description="export import delete rows", keywords=("export", "delete")
        ),
    ),
)


def _no_vectors() -> VectorStore:
    raise AssertionError("these nodes never open Milvus")


@contextmanager
def analysis(folder: Path, embedder: HashEmbedder | None = None) -> Iterator[AnalysisContext]:
    """Open records in `folder`, with the context of one run."""
    records = Records(folder)
    used = embedder or HashEmbedder()
    try:
        yield AnalysisContext(
            records=records,
            embedder=lambda: used,
            vectors=_no_vectors,
            profile=PROFILE,
            run_id="run_1",
            now=NOW,
        )
    finally:
        records.close()


def ask(
    context: AnalysisContext, texts: Sequence[str], at: datetime = START, author: str = ""
) -> list[Question]:
    """Store each text as a thread of one message with one question, an hour apart."""
    records = context.records
    assert isinstance(records, Records)
    channel = ids.channel_id(SOURCE, "help")
    threads, messages, found = [], [], {}
    for number, text in enumerate(texts):
        moment = at + timedelta(hours=number)
        message, thread = ids.message_id(SOURCE, text), ids.native_thread_id(SOURCE, text)
        who = author or f"u_{ids.digest(text)}"
        messages.append(
            Message(
                id=message,
                source=SOURCE,
                channel_id=channel,
                thread_id=thread,
                author=who,
                text=text,
                created_at=moment,
            )
        )
        threads.append(
            Thread(
                id=thread,
                source=SOURCE,
                title=text,
                channel_id=channel,
                message_ids=(message,),
                opened_at=moment,
                last_at=moment,
                kind=ThreadKind.NATIVE,
            )
        )
        question = Question(
            id=ids.question_id(thread, message, 0),
            thread_id=thread,
            text=text,
            author=who,
            message_ids=(message,),
            evidence=(message,),
            asked_at=moment,
        )
        found[thread] = [question]
    place = Channel(id=channel, source=SOURCE, name="help")
    records.save_batch(CleanBatch(SOURCE, (place,), tuple(threads), tuple(messages)))
    records.save_questions("extractive", found)
    return [question for group in found.values() for question in group]
