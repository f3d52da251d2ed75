"""The records that every part of Threadlore exchanges. Frozen, unknown fields refused, times in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue


def _as_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_as_utc)]
"""A point in time in UTC; a naive value is taken as UTC."""


class Record(BaseModel):
    """Base of every record: immutable, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Role(StrEnum):
    """Who wrote a message, as far as the source says."""

    MEMBER = "member"
    HELPER = "helper"
    MAINTAINER = "maintainer"
    BOT = "bot"


class MessageKind(StrEnum):
    """System messages (joins, pins, renames) are stored and never analysed."""

    NORMAL = "normal"
    SYSTEM = "system"


class ThreadKind(StrEnum):
    """A native thread exists in the source; a split one was cut out of a channel or a long native thread."""

    NATIVE = "native"
    SPLIT = "split"


class Visibility(StrEnum):
    """Who may see what was derived from a place; private never reaches a public page."""

    PUBLIC = "public"
    PRIVATE = "private"


class Marks(Record):
    """What readers did with a message: the reactions that count, by count."""

    solved: int = 0
    thanks: int = 0
    reactions: int = 0


class Message(Record):
    """One message, scrubbed and pseudonymous."""

    id: str
    source: str
    channel_id: str
    thread_id: str | None = None
    author: str
    role: Role = Role.MEMBER
    kind: MessageKind = MessageKind.NORMAL
    text: str
    language: str = ""
    created_at: Instant
    edited_at: Instant | None = None
    reply_to: str | None = None
    mentions: tuple[str, ...] = ()
    url: str = ""
    marks: Marks = Marks()


class Channel(Record):
    """A place that holds messages or threads: a channel, a forum, a repository."""

    id: str
    source: str
    name: str
    parent: str | None = None
    visibility: Visibility = Visibility.PUBLIC


class Thread(Record):
    """A native thread, or a conversation that the splitter found.

    `parent` of a split thread is the native thread or the channel that it was cut from.
    `frozen` means that late messages no longer change it.
    """

    id: str
    source: str
    title: str
    channel_id: str
    parent: str | None = None
    message_ids: tuple[str, ...]
    opened_at: Instant
    last_at: Instant
    kind: ThreadKind
    tags: tuple[str, ...] = ()
    solved: bool | None = None
    visibility: Visibility = Visibility.PUBLIC
    url: str = ""
    frozen: bool = False


class Conversation(Record):
    """A thread with its messages, oldest first: what one call of distil reads."""

    thread: Thread
    messages: tuple[Message, ...]
    channel: str = ""


class QuestionStatus(StrEnum):
    """Open, settled, or settled by an answer that a later message contradicts."""

    OPEN = "open"
    SETTLED = "settled"
    CONTRADICTED = "contradicted"


class Facts(Record):
    """What a conversation says about the asker's case; empty where it says nothing."""

    versions: tuple[str, ...] = ()
    deployment: str | None = None
    vectors: int | None = None
    dimension: int | None = None
    index: str | None = None
    metric: str | None = None
    source_system: str | None = None
    os: str | None = None
    memory_bytes: int | None = None


class Question(Record):
    """One thing that somebody asked: the unit that is embedded and clustered.

    `message_ids` hold the asking messages, `resolution` the messages that settled it, and
    `evidence` both, with whatever else the answer may be built from. `confirmed` means that the asker
    or a mark of the source said so.
    """

    id: str
    thread_id: str
    text: str
    author: str
    message_ids: tuple[str, ...]
    resolution: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    status: QuestionStatus = QuestionStatus.OPEN
    confirmed: bool = False
    facts: Facts = Facts()
    language: str = ""
    asked_at: Instant
    answered_at: Instant | None = None
    method: str = "extractive"
    prompt_hash: str = ""
    visibility: Visibility = Visibility.PUBLIC


class DocLink(Record):
    """A documentation page that an entry points to."""

    title: str
    url: str
    version: str = ""


class TopicState(StrEnum):
    """Where a topic stands against the previous period."""

    NEW = "new"
    GROWING = "growing"
    STEADY = "steady"
    FADING = "fading"
    MERGED = "merged"


class Topic(Record):
    """A group of questions that ask the same thing; its id survives reruns.

    `parent` is the id of the coarser topic, `merged_into` the topic that took its place.
    `area` is a name from the profile (deployment, performance, data, other); `documents` are the
    pages of the documentation that cover it. `description` is a model's line on what is asked, and
    `naming` the digest of what a model named it from; both are empty where code gave the name.
    """

    id: str
    label: str
    area: str
    description: str = ""
    naming: str = ""
    keyphrases: tuple[str, ...] = ()
    parent: str | None = None
    question_ids: tuple[str, ...]
    authors: int = 0
    first_seen: Instant
    last_seen: Instant
    state: TopicState = TopicState.NEW
    merged_into: str | None = None
    documents: tuple[DocLink, ...] = ()


class TopicEvent(Record):
    """What became of a topic in a run: born, merged, split or ended."""

    run_id: str
    topic_id: str
    kind: Literal["born", "merged", "split", "ended"]
    other_id: str | None = None
    at: Instant


class Citation(Record):
    """A quote with its place. `source_id` names a message, a document or a tool call."""

    source_id: str
    kind: Literal["message", "document", "tool"]
    quote: str
    url: str = ""


class ToolCall(Record):
    """A tool called with an asker's numbers, and what it said."""

    id: str
    tool: str
    arguments: dict[str, JsonValue]
    result: dict[str, JsonValue]
    summary: str
    facts_version: str


class EntryState(StrEnum):
    """Only approved entries are answers; stale ones were, until their ground moved."""

    DRAFT = "draft"
    APPROVED = "approved"
    REJECTED = "rejected"
    STALE = "stale"


class EntryOrigin(StrEnum):
    """Where an entry came from."""

    MINED = "mined"
    CURATED = "curated"
    IMPORTED = "imported"


class AppliesTo(Record):
    """Versions an entry is true for, both ends included; None is open.

    `dates` are the first and last day of the evidence.
    """

    since: str | None = None
    until: str | None = None
    first_date: date | None = None
    last_date: date | None = None


class Revision(Record):
    """A change of an entry: proposed by a run, or made by a person. `paraphrases` are wordings it adds."""

    id: str
    question: str
    answer: str
    paraphrases: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    reason: str
    by: str
    at: Instant
    state: Literal["proposed", "accepted", "rejected"] = "proposed"


class FaqEntry(Record):
    """A question with a grounded answer.

    An approved entry changes only by a proposed revision that a person accepts. `review_reasons`
    say why a person must look at it. `tools` name the tools that answer it for the asker's own
    numbers; `tool_calls` are calls already made. `core` are indexes into `citations` without which the
    answer no longer stands.
    """

    id: str
    topic_id: str | None = None
    question: str
    paraphrases: tuple[str, ...] = ()
    answer: str
    citations: tuple[Citation, ...] = ()
    core: tuple[int, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tools: tuple[str, ...] = ()
    doc_links: tuple[DocLink, ...] = ()
    area: str = "other"
    applies_to: AppliesTo = AppliesTo()
    checked_at: date | None = None
    state: EntryState = EntryState.DRAFT
    origin: EntryOrigin = EntryOrigin.MINED
    visibility: Visibility = Visibility.PUBLIC
    question_ids: tuple[str, ...] = ()
    contested: bool = False
    merged_into: str | None = None
    review_reasons: tuple[str, ...] = ()
    revisions: tuple[Revision, ...] = ()
    created_at: Instant
    updated_at: Instant


class Document(Record):
    """A section of documentation, cut by heading: evidence, and coverage."""

    id: str
    source: str
    path: str
    url: str
    title: str
    heading: str
    version: str = ""
    text: str
    checked_at: date | None = None


class AgedFact(Record):
    """A statement that is true only for a range of versions.

    `pattern` is a regular expression that finds the statement in an answer; `replacement` says what
    holds after `until`.
    """

    id: str
    statement: str
    pattern: str
    since: str | None = None
    until: str | None = None
    replacement: str
    source: str
    checked: date


class Skipped(Record):
    """An item that was passed over, with the reason: nothing is lost in silence."""

    item: str
    reason: str


WAITING = "waiting_"
"""Counts of a grouping begin so when they count what waits for an embedder of that language."""


class Stage(Record):
    """One step of a run with what it counted."""

    name: str
    counts: dict[str, int] = Field(default_factory=dict)
    seconds: float = 0.0


class Spending(Record):
    """What one prompt took in a run; `reused` replies were paid for earlier."""

    prompt: str
    calls: int = 0
    reused: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0


class Run(Record):
    """One run of ingest or analyze, written as it happens."""

    id: str
    kind: Literal["ingest", "analyze", "publish"]
    settings_hash: str
    code_version: str
    started_at: Instant
    finished_at: Instant | None = None
    stages: tuple[Stage, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    spending: tuple[Spending, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    error: str | None = None
