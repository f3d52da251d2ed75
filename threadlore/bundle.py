"""The bundle: everything a publisher shows, as plain values. Built once, read by report and site."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from threadlore.types import (
    Citation,
    FaqEntry,
    Instant,
    Question,
    Record,
    Run,
    Topic,
    TopicEvent,
)


class TopicView(Record):
    """A topic with the numbers of the period. `questions` are those asked inside it."""

    topic: Topic
    questions: tuple[Question, ...]
    asked: int
    asked_before: int
    authors: int
    open: int
    entry_ids: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()


class OpenQuestion(Record):
    """A question that nobody settled, with how long its asker has waited."""

    question: Question
    title: str
    url: str
    waiting_days: int
    topic_id: str | None = None


class SourceLine(Record):
    """A citation as a page shows it."""

    citation: Citation
    at: date | None = None
    author: str = ""
    title: str = ""


class EntryView(Record):
    """An entry with what a page shows beside it."""

    entry: FaqEntry
    sources: tuple[SourceLine, ...] = ()
    askers: int = 0
    related: tuple[str, ...] = ()


class Counts(Record):
    """What the data folder holds, and what was passed over."""

    messages: int = 0
    threads: int = 0
    conversations: int = 0
    questions: int = 0
    settled: int = 0
    unclustered: int = 0
    documents: int = 0
    languages: dict[str, int] = Field(default_factory=dict)


class Bundle(Record):
    """Input of every publisher. Times come from the data and the settings, never from a clock."""

    community: str
    product: str
    made_at: Instant
    since: Instant | None = None
    until: Instant | None = None
    timezone: str = "UTC"
    areas: tuple[tuple[str, str], ...]
    topics: tuple[TopicView, ...] = ()
    events: tuple[TopicEvent, ...] = ()
    entries: tuple[EntryView, ...] = ()
    drafts: tuple[FaqEntry, ...] = ()
    open_questions: tuple[OpenQuestion, ...] = ()
    counts: Counts = Counts()
    runs: tuple[Run, ...] = ()
