"""A small forum in real records: threads, what they ask, and a topic over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from threadlore import ids
from threadlore.agents.context import AnalysisContext
from threadlore.profile import Area, Profile
from threadlore.seams import CleanBatch
from threadlore.store.records import Records
from threadlore.store.vectors import MilvusVectors
from threadlore.testing import HashEmbedder
from threadlore.testing.threads import CHANNEL, Said, Told, told, topic_over
from threadlore.types import (
    Channel,
    Document,
    Facts,
    Marks,
    Question,
    QuestionStatus,
    Role,
    Topic,
    Visibility,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
SOURCE = "test:forum"
SOLVED = Marks(solved=1)


@dataclass(frozen=True)
class Exchange:
    """A thread: one asks, one answers."""

    asked: str
    answer: str = ""
    asker: str = "ann"
    helper: str = "hal"
    role: Role = Role.HELPER
    day: int = 0
    versions: tuple[str, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    status: QuestionStatus = QuestionStatus.SETTLED
    marks: Marks = SOLVED


PROFILE = Profile(
    name="test",
    product="Milvus",
    community="Test",
    current_version="2.6",
    areas=(Area(name="other", title="Other", description="Everything else"),),
    docs={"2.6": "https://milvus.io/docs"},
)


def _told(number: int, exchange: Exchange) -> Told:
    said = [Said(exchange.asker, exchange.asked)]
    if exchange.answer:
        said.append(Said(exchange.helper, exchange.answer, exchange.role, exchange.marks))
    opened = START + timedelta(days=exchange.day)
    return told((SOURCE, str(number)), exchange.asked, said, opened, exchange.visibility)


def question_of(number: int, exchange: Exchange) -> Question:
    """Return the question of a thread, settled when it was answered."""
    question = _told(number, exchange).question(exchange.asked)
    status = exchange.status if exchange.answer else QuestionStatus.OPEN
    return question.model_copy(update={"status": status, "facts": Facts(versions=exchange.versions)})


def fill(records: Records, exchanges: Sequence[Exchange], documents: Sequence[Document] = ()) -> Topic:
    """Store `exchanges` with their questions, and one topic over all of them."""
    forum = [_told(number, exchange) for number, exchange in enumerate(exchanges)]
    records.save_batch(
        CleanBatch(
            source=SOURCE,
            channels=(Channel(id=ids.channel_id(SOURCE, CHANNEL), source=SOURCE, name=CHANNEL),),
            threads=tuple(one.thread for one in forum),
            messages=tuple(message for one in forum for message in one.messages),
            documents=tuple(documents),
        )
    )
    questions = [question_of(number, exchange) for number, exchange in enumerate(exchanges)]
    due = records.conversations_to_distil("extractive")
    records.conversations(due)
    records.save_questions("extractive", {question.thread_id: [question] for question in questions})
    topic = topic_over(questions)
    records.save_topics([topic], [])
    return topic


def context_of(records: Records, folder: Path, profile: Profile = PROFILE) -> AnalysisContext:
    """Return what the nodes work with: real records, Milvus Lite, the hashing embedder."""
    embedder = HashEmbedder(256)
    opened: list[MilvusVectors] = []

    def vectors() -> MilvusVectors:
        if not opened:
            opened.append(
                MilvusVectors(uri=str(folder / "milvus.db"), token="", dimension=256, language="en")
            )
        return opened[0]

    return AnalysisContext(
        records=records,
        embedder=lambda: embedder,
        vectors=vectors,
        profile=profile,
        run_id="run_1",
        now=NOW,
    )
