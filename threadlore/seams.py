"""The seams between the parts: small protocols named by use. Implementations are found by `wiring`.

I/O is async, except for records: those are sync with one writer and are reached from async code by
`asyncio.to_thread`. Every seam has a conformance suite in `tests/conformance/`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from threadlore.calls import CallRecords, TrailRecords
from threadlore.incoming import DocumentsRemoved, IncomingBatch, KnownName, Renewal, RenewalCounts
from threadlore.types import (
    Channel,
    Conversation,
    Document,
    FaqEntry,
    Message,
    Question,
    Run,
    Thread,
    Topic,
    TopicEvent,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from threadlore.bundle import Bundle, Counts

    Vectors = NDArray[np.float32]
    """Shape (n, dimension), rows of length one."""


class Clock(Protocol):
    """Tells the time, so that nothing inside reads the wall clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class Source(Protocol):
    """Where messages, threads and documents come from."""

    name: str
    """`kind:instance`, the first part of every id that comes from here."""

    def batches(self, cursors: Mapping[str, str]) -> AsyncIterator[IncomingBatch]:
        """Yield pages of what is new or deleted since `cursors`, in memory one page at a time.

        Raises:
            BadInput: the source cannot be read at all. What is broken inside it is an `IncomingSkip`.
        """
        ...


@dataclass(frozen=True, slots=True)
class CleanBatch:
    """A page after scrub: what may be stored."""

    source: str
    channels: tuple[Channel, ...] = ()
    threads: tuple[Thread, ...] = ()
    messages: tuple[Message, ...] = ()
    documents: tuple[Document, ...] = ()
    observed_at: Mapping[str, datetime] = field(default_factory=dict)
    cursor: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SaveCounts:
    """What a batch changed. `refused`: tombstoned, or their author opted out; `hidden`: closed places."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    hidden: int = 0


class MessageSink(Protocol):
    """What ingest writes to."""

    def save_batch(self, batch: CleanBatch) -> SaveCounts:
        """Store a page in one transaction: rows, links, outbox rows and the cursor.

        Of two copies of a message the one observed later wins. Tombstoned messages and those of
        authors who opted out are refused.
        """
        ...

    def end_of_documents(self, place: str, held: Collection[str], unread: Sequence[str]) -> DocumentsRemoved:
        """Remove the sections that `place` held when it was last read whole, and does not any more.

        Args:
            place: The folder or archive, with the version of its pages.
            held: Ids of the sections that it holds now.
            unread: Pages, and folders with a slash at the end, that could not be read: theirs stay.
        """
        ...

    def cursors(self, source: str) -> dict[str, str]:
        """Return the cursors of a source by key."""
        ...

    def places_to_split(self) -> list[str]:
        """Return ids of channels and native threads with messages newer than their last split."""
        ...

    def place_messages(self, place: str) -> tuple[str, list[Message], list[Thread]]:
        """Return (title, messages not in a frozen conversation, open conversations) of a place."""
        ...

    def save_split(self, place: str, conversations: Sequence[Thread]) -> None:
        """Replace the open conversations of a place; frozen ones stay as they are."""
        ...

    def known_names(self) -> list[KnownName]:
        """Return the names that people were met under."""
        ...

    def mend_names(self, names: Sequence[KnownName], renewal: Renewal) -> RenewalCounts:
        """Remember names, and write every stored text anew that held one; one transaction."""
        ...


class ReviewDesk(Protocol):
    """The entries: what a person decides on, from the command line and from Discord."""

    def entries(self) -> list[FaqEntry]:
        """Return all entries of every state, ordered by id."""
        ...

    def save_entries(self, entries: Sequence[FaqEntry]) -> None:
        """Store entries by id with their links; phrasings of approved ones go to Milvus."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which what is read cannot change before it is written."""
        ...


class AnalysisRecords(ReviewDesk, CallRecords, TrailRecords, Protocol):
    """What the analysis reads and writes. Every write is one transaction with links and outbox."""

    def conversations_to_distil(self, method: str | None = None) -> list[str]:
        """Return ids of conversations that `method`, or any, has not read as they are now."""
        ...

    def conversations(self, thread_ids: Sequence[str]) -> list[Conversation]:
        """Return conversations with their normal messages, in the order given."""
        ...

    def save_questions(self, method: str, found: Mapping[str, Sequence[Question]]) -> None:
        """Replace what each conversation asks (thread id -> questions) and mark it as read by `method`."""
        ...

    def distilled_inputs(self) -> dict[str, str]:
        """Return the digest of what was last read of each conversation, by thread id."""
        ...

    def questions(self, ids: Sequence[str] | None = None) -> list[Question]:
        """Return questions by id, or all, ordered by id."""
        ...

    def messages(self, ids: Sequence[str]) -> list[Message]:
        """Return the messages that exist among `ids`, in the order given."""
        ...

    def threads(self, ids: Sequence[str]) -> list[Thread]:
        """Return the threads that exist among `ids`, in the order given."""
        ...

    def documents(self, ids: Sequence[str]) -> list[Document]:
        """Return the documents that exist among `ids`, in the order given."""
        ...

    def documents_digest(self) -> str:
        """Return a digest of all documents: what tells that the documentation changed."""
        ...

    def embeddings(self, model: str, content_hashes: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Return known vectors by content hash."""
        ...

    def save_embeddings(self, model: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep vectors by content hash before they are used."""
        ...

    def topics(self) -> list[Topic]:
        """Return all topics, merged and ended ones too, ordered by id."""
        ...

    def save_topics(self, topics: Sequence[Topic], events: Sequence[TopicEvent]) -> None:
        """Store topics by id and append events; a topic that is not named stays as it is."""
        ...

    def topic_events(self) -> list[TopicEvent]:
        """Return all events, oldest first."""
        ...

    def change_stamp(self) -> str:
        """Return a text that differs as soon as anything in the records has changed, here or elsewhere."""
        ...

    def stage_input(self, stage: str) -> str | None:
        """Return the hash of the input that a stage last finished with."""
        ...

    def save_stage_input(self, stage: str, input_hash: str) -> None:
        """Remember the hash of the input that a stage finished with."""
        ...

    def save_run(self, run: Run) -> None:
        """Store a run by id, as often as it changes."""
        ...


class BundleRecords(AnalysisRecords, Protocol):
    """What a bundle is built from; needs neither embedder nor Milvus."""

    def counts(self) -> Counts:
        """Return how much of everything is stored."""
        ...

    def runs(self) -> list[Run]:
        """Return all runs, newest first."""
        ...

    def channels(self) -> list[Channel]:
        """Return all channels, ordered by id."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors of length one."""

    model: str
    """Name and checksum: the key under which vectors are cached."""
    dimension: int
    languages: frozenset[str] | None
    """ISO 639-1 codes it is good at; None for all."""

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape (len(texts), dimension), float32, rows of length one."""
        ...


@dataclass(frozen=True, slots=True)
class VectorRow:
    """One row of a collection. `owner` is what the row stands for: the entry of a phrasing, say."""

    id: str
    owner: str
    text: str
    vector: NDArray[np.float32]
    visibility: str = "public"


@dataclass(frozen=True, slots=True)
class VectorQuery:
    """What to search for: a vector, a text, or both."""

    vector: NDArray[np.float32] | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that was found. `score` orders hits of one leg and is never a threshold."""

    id: str
    owner: str
    score: float


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server can do beyond dense search."""

    full_text: bool
    hybrid: bool


class VectorStore(Protocol):
    """Milvus, derived from the records and rebuildable. Collections are named in `store.schema`."""

    async def capabilities(self) -> Capabilities:
        """Return what the server can do."""
        ...

    async def upsert(self, collection: str, rows: Sequence[VectorRow]) -> None:
        """Write rows by id; the collection is made when it is missing.

        Raises:
            BadInput: a vector has the wrong dimension or is not finite.
        """
        ...

    async def search(
        self, collection: str, queries: Sequence[VectorQuery], limit: int, *, public_only: bool = True
    ) -> list[list[Hit]]:
        """Return hits for each query, best first.

        A query with vector and text is searched both ways and fused by reciprocal rank, where the
        server can; else by what it can. A missing collection has no hits.
        """
        ...

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Remove rows by id; unknown ids are passed over."""
        ...

    async def count(self, collection: str) -> int:
        """Return the number of rows; 0 for a missing collection."""
        ...

    def row_ids(self, collection: str) -> AsyncIterator[str]:
        """Yield every row id of a collection."""
        ...

    async def replace(self, collection: str, rows: AsyncIterator[Sequence[VectorRow]]) -> None:
        """Write a fresh collection, swap the alias to it, and drop the old one with its files."""
        ...

    async def close(self) -> None:
        """Release the connection, and the lock of a local store."""
        ...


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """What an answer stands on: a label for a person and where to look."""

    label: str
    url: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class RelatedThread:
    """A settled thread that nobody has reviewed."""

    title: str
    url: str
    answer: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask` says. `kind` decides how a face shows it.

    answered: `text` with `sources`; tool: the same with a tool result; ask_back: `text` asks for one
    missing argument; unknown: `closest` entries and up to three `related` threads, not reviewed;
    out_of_scope: nothing fits at all; handover: a person is needed, `text` says where. `likeness` is the
    cosine of the question and the entry's nearest wording, whatever the other entries are. `model_failed`:
    why the chat model had no part in it, though there is one.
    """

    kind: str
    text: str
    confidence: float
    entry_id: str | None = None
    sources: tuple[AnswerSource, ...] = ()
    closest: tuple[tuple[str, str], ...] = ()
    related: tuple[RelatedThread, ...] = ()
    applies_to: str = ""
    checked: str = ""
    tool: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    likeness: float = 0.0
    model_failed: str = ""


class Answerer(Protocol):
    """Answers one question from approved entries and tools."""

    async def answer(self, question: str) -> Answer:
        """Return what is known about `question`."""
        ...


class Publisher(Protocol):
    """Turns a bundle into files. The same bundle twice writes nothing the second time."""

    def publish(self, bundle: Bundle, target: Path) -> list[Path]:
        """Write the pages of `bundle` below `target`; return the paths that changed."""
        ...
