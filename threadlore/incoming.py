"""What a source hands over, before anything is scrubbed. None of this is ever stored as it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from threadlore.types import Marks, MessageKind, Role, Visibility


@dataclass(frozen=True, slots=True)
class IncomingAuthor:
    """An author as the source names it. `names` are all names under which others mention it."""

    native_id: str
    names: tuple[str, ...] = ()
    role: Role = Role.MEMBER


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name that somebody was met under, as a keyed hash: it is recognised, and cannot be read."""

    digest: str
    pseudonym: str


class Renewal(Protocol):
    """What stored texts become once more names are known."""

    def touches(self, text: str) -> bool:
        """Tell quickly whether a text may become another one."""
        ...

    def renewed(self, text: str) -> str:
        """Return the text as it is stored from now on."""
        ...


@dataclass(frozen=True, slots=True)
class RenewalCounts:
    """Texts that were written anew: messages with their threads, and what was derived from them."""

    messages: int
    derived: int


@dataclass(frozen=True, slots=True)
class IncomingChannel:
    """A channel, forum or repository."""

    native_id: str
    name: str
    parent: str | None = None
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True)
class IncomingThread:
    """A native thread; its messages name it by `thread_id`.

    Without a title it stands for a thread that only its messages speak of. `observed_at` is when the
    source was read: the newest copy wins.
    """

    native_id: str
    channel_id: str
    title: str
    tags: tuple[str, ...] = ()
    solved: bool | None = None
    url: str = ""
    visibility: Visibility = Visibility.PUBLIC
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message with native ids. `observed_at` is when the source was read: the newest copy wins."""

    native_id: str
    channel_id: str
    author: IncomingAuthor
    text: str
    created_at: datetime
    thread_id: str | None = None
    kind: MessageKind = MessageKind.NORMAL
    edited_at: datetime | None = None
    reply_to: str | None = None
    mentions: tuple[IncomingAuthor, ...] = ()
    url: str = ""
    marks: Marks = field(default_factory=Marks)
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingDocument:
    """A section of documentation, cut by heading; `ordinal` counts equal headings of one page."""

    path: str
    url: str
    title: str
    heading: str
    ordinal: int
    text: str
    version: str = ""
    checked_at: date | None = None


@dataclass(frozen=True, slots=True)
class IncomingSkip:
    """An item that could not be read: its place and the reason, for the run."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class IncomingEnd:
    """Says that a folder or archive of documentation was read to its end: what it no longer holds is gone.

    `place` stands for the folder or archive with the version of its pages. `unread` are pages that are
    there and could not be read, and folders that could not be looked into (with a slash at the end).
    """

    place: str
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentsRemoved:
    """What went with pages and headings that are gone: sections, and entries that cited or named them."""

    sections: int = 0
    entries: int = 0


Incoming = IncomingChannel | IncomingThread | IncomingMessage | IncomingDocument | IncomingSkip | IncomingEnd


@dataclass(frozen=True, slots=True)
class IncomingBatch:
    """A page of a source. It is stored in one transaction together with `cursor`.

    `cursor` names (key, value): where to go on after this page; None leaves it as it was. `deleted`,
    `deleted_threads` and `deleted_channels` are native ids of messages, threads and channels that the source
    proves to be deleted; they go before the cursor is stored. `expected` is how many messages there may be
    in all, 0 where that is unknown.
    """

    items: tuple[Incoming, ...] = field(default_factory=tuple)
    cursor: tuple[str, str] | None = None
    deleted: tuple[str, ...] = ()
    deleted_threads: tuple[str, ...] = ()
    deleted_channels: tuple[str, ...] = ()
    expected: int = 0

    @property
    def deletes(self) -> bool:
        """Whether anything was deleted."""
        return bool(self.deleted or self.deleted_threads or self.deleted_channels)
