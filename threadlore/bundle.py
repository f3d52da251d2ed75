"""The bundle: everything a publisher shows, as plain values. Built once, read by report and site.

What stands here is public: `bundling` leaves out what rests on private places.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from threadlore.types import (
    Citation,
    FaqEntry,
    Instant,
    Question,
    Record,
    Skipped,
    Topic,
    TopicEvent,
    TopicState,
)

Coverage = Literal["entry", "documentation", "none"]
"""What answers a topic: an approved entry, else a page of the documentation, else nothing."""


class AskedQuestion(Record):
    """A question with the thread that it stands in."""

    question: Question
    title: str = ""
    url: str = ""


class TopicView(Record):
    """A topic with the numbers of the period.

    `questions` are those asked inside the period, newest first. `askers` counts distinct authors in
    the period, `askers_before` in the period of equal length before it. `state` compares the two.
    `drafts` are ids of entries for it that wait for review.
    """

    topic: Topic
    questions: tuple[AskedQuestion, ...] = ()
    askers: int = 0
    askers_before: int = 0
    settled: int = 0
    state: TopicState = TopicState.STEADY
    coverage: Coverage = "none"
    entry_ids: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()


class OpenQuestion(Record):
    """A question that nobody settled, with how many whole days its asker has waited."""

    asked: AskedQuestion
    waiting_days: int
    topic_id: str | None = None


class SourceLine(Record):
    """A citation as a page shows it: `by` is the author's role, never a name."""

    citation: Citation
    at: date | None = None
    by: str = ""
    title: str = ""
    version: str = ""


class EntryView(Record):
    """An entry with what a page shows beside it. `askers` counts distinct authors of all times.

    `keyphrases` are those of its topic, `asked` its newest questions with their threads.
    """

    entry: FaqEntry
    sources: tuple[SourceLine, ...] = ()
    askers: int = 0
    asked: tuple[AskedQuestion, ...] = ()
    keyphrases: tuple[str, ...] = ()


class WaitingEntry(Record):
    """An entry that waits for a person: a draft, a stale one, or an approved one with a proposal."""

    entry: FaqEntry
    askers: int = 0


class SkippedGroup(Record):
    """Input that was passed over for one reason, with some of the items."""

    reason: str
    count: int
    examples: tuple[Skipped, ...] = ()


class Totals(Record):
    """What was asked in a stretch of time. `topics` counts those with a question inside it."""

    questions: int = 0
    askers: int = 0
    settled: int = 0
    contradicted: int = 0
    topics: int = 0
    unclustered: int = 0


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
    first_message_at: Instant | None = None
    last_message_at: Instant | None = None


class Bundle(Record):
    """Input of every publisher. Times come from the data and the settings, never from a clock.

    The period is `since` <= t < `until`; both are None while there is no data. `compared` tells
    whether anything was asked before it, without which nothing is new or growing. `hidden` counts the
    questions of the period that stand in private places. `older_open` counts open questions asked
    before the ones in `open_questions`.
    """

    community: str
    product: str
    since: Instant | None = None
    until: Instant | None = None
    timezone: str = "UTC"
    compared: bool = False
    areas: tuple[tuple[str, str], ...]
    period: Totals = Totals()
    before: Totals = Totals()
    topics: tuple[TopicView, ...] = ()
    events: tuple[TopicEvent, ...] = ()
    topic_names: dict[str, str] = Field(default_factory=dict)
    entries: tuple[EntryView, ...] = ()
    drafts: tuple[WaitingEntry, ...] = ()
    proposals: tuple[WaitingEntry, ...] = ()
    stale: tuple[WaitingEntry, ...] = ()
    private_waiting: int = 0
    open_questions: tuple[OpenQuestion, ...] = ()
    older_open: int = 0
    hidden: int = 0
    skipped: tuple[SkippedGroup, ...] = ()
    unread_languages: dict[str, int] = Field(default_factory=dict)
    """Questions that wait for an embedder of their language, by language."""
    methods: dict[str, int] = Field(default_factory=dict)
    words: tuple[str, ...] = ()
    """Sentences that the model `words_by` wrote about the numbers of the period, each held to them."""
    words_by: str = ""
    counts: Counts = Counts()
