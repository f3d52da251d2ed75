"""The path of an entry: from each of its sentences to the message, page or tool result behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from threadlore.calls import EntryTrail, ModelCall, SentenceTrail
from threadlore.errors import NotFound
from threadlore.review import find_entry
from threadlore.types import Document, FaqEntry, Message


class PathRecords(Protocol):
    """What a path is read from."""

    def entries(self) -> list[FaqEntry]:
        """Return all entries."""
        ...

    def trails(self, run_id: str | None = None, entry_id: str | None = None) -> list[EntryTrail]:
        """Return the trails of a run, of an entry, or of both."""
        ...

    def model_calls(self, keys: Sequence[str]) -> list[ModelCall]:
        """Return the replies that exist among `keys`."""
        ...

    def messages(self, ids: Sequence[str]) -> list[Message]:
        """Return the messages that exist among `ids`."""
        ...

    def documents(self, ids: Sequence[str]) -> list[Document]:
        """Return the documents that exist among `ids`."""
        ...


@dataclass(frozen=True, slots=True)
class Ground:
    """What a sentence stands on: a message, a page or a tool result. `told` says whose and of when."""

    id: str
    told: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class SentencePath:
    """A sentence with its verdict and what it stands on."""

    trail: SentenceTrail
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class EntryPath:
    """An entry's path in one run: the calls that made it, and its sentences one by one."""

    entry_id: str
    question: str
    state: str
    run_id: str
    method: str
    calls: tuple[ModelCall, ...]
    sentences: tuple[SentencePath, ...]


def entry_path(records: PathRecords, run_id: str, key: str) -> EntryPath:
    """Return the path of the entry whose id is, or begins with, `key`, in a run.

    Raises:
        NotFound: there is no such entry, or the run did not make it.
        BadInput: several entries begin so.
    """
    entry = find_entry(records.entries(), key)
    found = records.trails(run_id, entry.id)
    if not found:
        made = ", ".join(sorted({trail.run_id for trail in records.trails(entry_id=entry.id)}))
        raise NotFound(
            f"Run {run_id} did not write entry {entry.id}.",
            f"It was written in {made}." if made else "No run has: it was curated, imported or mended.",
        )
    (trail,) = found
    keys = dict.fromkeys([*trail.calls, *(key for one in trail.sentences for key in one.calls)])
    sources = dict.fromkeys(source for one in trail.sentences for source in one.sources)
    grounds = _grounds(records, entry, list(sources))
    return EntryPath(
        entry_id=entry.id,
        question=entry.question,
        state=entry.state,
        run_id=run_id,
        method=trail.method,
        calls=tuple(records.model_calls(list(keys))),
        sentences=tuple(
            SentencePath(one, tuple(grounds[source] for source in one.sources if source in grounds))
            for one in trail.sentences
        ),
    )


def _grounds(records: PathRecords, entry: FaqEntry, ids: Sequence[str]) -> dict[str, Ground]:
    found: dict[str, Ground] = {}
    for message in records.messages(ids):
        told = f"{message.author}, {message.role}, {message.created_at:%Y-%m-%d}"
        found[message.id] = Ground(message.id, told, message.text, message.url)
    for page in records.documents(ids):
        told = f"documentation {page.version}".strip()
        found[page.id] = Ground(page.id, told, f"{page.title} > {page.heading}", page.url)
    for call in entry.tool_calls:
        if call.id in ids:
            found[call.id] = Ground(call.id, f"tool {call.tool}", call.summary)
    return found
