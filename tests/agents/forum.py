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
from threadlore.types import (
    Channel,
    Document,
    Facts,
    Marks,
    Message,
    Question,
    QuestionStatus,
    Role,
    Thread,
    ThreadKind,
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


def question_of(number: int, exchange: Exchange) -> Question:
    """Return the question of a thread, settled when it was answered."""
    thread = ids.native_thread_id(SOURCE, str(number))
    asked, answered = (ids.message_id(SOURCE, f"{number}{part}") for part in "qa")
    settled = bool(exchange.answer)
    return Question(
        id=ids.question_id(thread, asked, 0),
        thread_id=thread,
        text=exchange.asked,
        author=exchange.asker,
        message_ids=(asked,),
        resolution=(answered,) if settled else (),
        evidence=(asked, answered) if settled else (asked,),
        status=exchange.status if settled else QuestionStatus.OPEN,
        facts=Facts(versions=exchange.versions),
        language="en",
        asked_at=START + timedelta(days=exchange.day),
        answered_at=START + timedelta(days=exchange.day, hours=1) if settled else None,
        visibility=exchange.visibility,
    )


def _messages(number: int, exchange: Exchange, thread: str, channel: str) -> list[Message]:
    at = START + timedelta(days=exchange.day)
    said = [(exchange.asker, Role.MEMBER, exchange.asked, "q", Marks())]
    if exchange.answer:
        said.append((exchange.helper, exchange.role, exchange.answer, "a", exchange.marks))
    return [
        Message(
            id=ids.message_id(SOURCE, f"{number}{part}"),
            source=SOURCE,
            channel_id=channel,
            thread_id=thread,
            author=author,
            role=role,
            text=text,
            created_at=at + timedelta(hours=hour),
            url=f"https://forum.example/{number}/{part}",
            marks=marks,
        )
        for hour, (author, role, text, part, marks) in enumerate(said)
    ]


def fill(records: Records, exchanges: Sequence[Exchange], documents: Sequence[Document] = ()) -> Topic:
    """Store `exchanges` with their questions, and one topic over all of them."""
    channel = ids.channel_id(SOURCE, "help")
    threads, messages = [], []
    for number, exchange in enumerate(exchanges):
        key = ids.native_thread_id(SOURCE, str(number))
        said = _messages(number, exchange, key, channel)
        messages += said
        threads.append(
            Thread(
                id=key,
                source=SOURCE,
                title=exchange.asked,
                channel_id=channel,
                message_ids=tuple(message.id for message in said),
                opened_at=said[0].created_at,
                last_at=said[-1].created_at,
                kind=ThreadKind.NATIVE,
                visibility=exchange.visibility,
            )
        )
    records.save_batch(
        CleanBatch(
            source=SOURCE,
            channels=(Channel(id=channel, source=SOURCE, name="help"),),
            threads=tuple(threads),
            messages=tuple(messages),
            documents=tuple(documents),
        )
    )
    questions = [question_of(number, exchange) for number, exchange in enumerate(exchanges)]
    due = records.conversations_to_distil("extractive")
    records.conversations(due)
    records.save_questions("extractive", {question.thread_id: [question] for question in questions})
    topic = topic_of(questions)
    records.save_topics([topic], [])
    return topic


def topic_of(questions: Sequence[Question]) -> Topic:
    """Return the topic over `questions`."""
    keys = tuple(question.id for question in questions)
    return Topic(
        id=ids.topic_id(keys[:1]),
        label=questions[0].text,
        area="other",
        question_ids=keys,
        authors=len({question.author for question in questions}),
        first_seen=min(question.asked_at for question in questions),
        last_seen=max(question.asked_at for question in questions),
    )


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
