"""From a source to the records: ids, pseudonyms, scrub, languages; then conversations per place."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from threadlore.ids import channel_id, document_id, message_id, native_thread_id
from threadlore.incoming import (
    IncomingAuthor,
    IncomingBatch,
    IncomingChannel,
    IncomingDocument,
    IncomingEnd,
    IncomingMessage,
    IncomingSkip,
    IncomingThread,
)
from threadlore.ingest.language import language_of
from threadlore.ingest.names import NameBook
from threadlore.ingest.naming import Renaming, named_plainly
from threadlore.ingest.scrub import Scrubber
from threadlore.ingest.split import conversations_of
from threadlore.seams import CleanBatch, MessageSink, SaveCounts, Source
from threadlore.types import (
    Channel,
    Document,
    Message,
    MessageKind,
    Role,
    Skipped,
    Stage,
    Thread,
    ThreadKind,
    Visibility,
)

UNTITLED = "(untitled)"
DERIVED_RENEWED = "derived texts with names"
"""Count of questions, topics and entries that held the name of somebody who was met only now."""

SECTIONS_GONE = "sections removed"
"""Count of documentation sections that a folder or archive held before and holds no more."""

ENTRIES_LOST = "entries that stood on them"
"""Count of entries that cited or linked what is gone; those that cited it wait for review."""

PLACES_HIDDEN = "places made private"
"""Count of channels and threads that not everyone may see any more; what came from them is hidden too."""

CHANNELS_DELETED = "channels deleted"
"""Count of channels that were deleted where they stood, and here with all that was in them."""

SHOWN_BEFORE = frozenset({DERIVED_RENEWED, PLACES_HIDDEN})
"""Counts after which what was published must be written anew."""

_NAMED_SKIPS = 1000
_SKIP_REASONS = 100
_KNOWN_PEOPLE = 200_000
"""How many pseudonyms are kept in memory; more are computed again."""

Progress = Callable[[str, int, int], None]
"""Takes (stage, done, total); while the total is unknown it is what was done."""

Erase = Callable[[Sequence[str], Sequence[str], Sequence[str]], int]
"""Deletes messages, threads and channels by id all the way, also from what was published.

It returns how many messages.
"""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one source brought in: the counts, and every item that was passed over."""

    stage: Stage
    skipped: tuple[Skipped, ...] = ()


class SplitRecords(MessageSink, Protocol):
    """What splitting reads beside what ingest writes to."""

    def threads(self, ids: Sequence[str]) -> list[Thread]:
        """Return the threads that exist among `ids`, in the order given."""
        ...

    def channels(self) -> list[Channel]:
        """Return all channels, ordered by id."""
        ...


def _silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


async def ingest(
    source: Source,
    sink: MessageSink,
    scrubber: Scrubber,
    now: datetime,
    erase: Erase,
    progress: Progress = _silent,
) -> Ingested:
    """Bring everything new of a source into the records, and take out what it proves to be deleted.

    Args:
        source: What to read.
        sink: Where to write; each page is one transaction.
        scrubber: Masks secrets and people.
        now: Stands for the observation time of messages whose source does not say when it was read.
        erase: Deletes; called once, after everything was read, where the source proves a deletion. The
            cursors of what it stands for are stored after it, so that a kill in between finds the same again.
        progress: Is told how many items were read.

    Returns:
        Counts: `read`, `added`, `changed`, `unchanged`, `refused`, `skipped`, how many of each kind
        (`messages`, `threads`, `channels`, `documents`), `deleted` messages, `CHANNELS_DELETED`, and
        `language:<code>` of normal messages (`language:?` where the text is too short to tell). Where
        documentation was read to its end also what it no longer holds (`SECTIONS_GONE`, `ENTRIES_LOST`).

    Raises:
        BadInput: the source cannot be read at all.
    """
    stored = await asyncio.to_thread(sink.known_names)
    cleaner = _Cleaner(source.name, scrubber, now, scrubber.names(source.name, stored))
    counts: Counter[str] = Counter()
    skipped = _Skips()
    cursors = await asyncio.to_thread(sink.cursors, source.name)
    gone: list[IncomingBatch] = []
    async for page in source.batches(cursors):
        batch = page
        if page.deletes:
            gone.append(page)
            batch = replace(page, cursor=None)
        clean = await asyncio.to_thread(cleaner.clean, batch)
        saved = await asyncio.to_thread(sink.save_batch, clean)
        counts += Counter(_kinds(clean)) + _outcomes(saved)
        counts["skipped"] += skipped.take(cleaner.skips(batch))
        for end in (item for item in batch.items if isinstance(item, IncomingEnd)):
            lost = await asyncio.to_thread(sink.end_of_documents, end.place, cleaner.documents, end.unread)
            counts += Counter({SECTIONS_GONE: lost.sections, ENTRIES_LOST: lost.entries})
        progress(f"read {source.name}", counts["read"], max(counts["read"], batch.expected))
    if gone:
        counts["deleted"] += await asyncio.to_thread(_erase, source.name, gone, sink, erase)
        counts[CHANNELS_DELETED] += len({key for page in gone for key in page.deleted_channels})
    renewed = await asyncio.to_thread(sink.mend_names, cleaner.names.fresh(), Renaming(cleaner.names))
    if renewed.messages or renewed.derived:
        counts += Counter({"named earlier": renewed.messages, DERIVED_RENEWED: renewed.derived})
    counts += Counter(threads=len(cleaner.threads), channels=len(cleaner.channels))
    order = ("read", "added", "changed", "unchanged", "refused", "skipped")
    ordered = {name: counts.pop(name, 0) for name in order} | dict(sorted(counts.items()))
    return Ingested(Stage(name=f"ingest {source.name}", counts=ordered), skipped.all())


def _erase(source: str, gone: Sequence[IncomingBatch], sink: MessageSink, erase: Erase) -> int:
    """Delete what the pages say is gone, and store where to go on after each."""
    messages = [message_id(source, key) for page in gone for key in page.deleted]
    threads = [native_thread_id(source, key) for page in gone for key in page.deleted_threads]
    channels = {key: channel_id(source, key) for page in gone for key in page.deleted_channels}
    deleted = erase(messages, threads, list(channels.values()))
    for page in gone:
        sink.save_batch(CleanBatch(source, cursor=page.cursor))
    return deleted


@dataclass
class _Skips:
    """Names what was passed over: each of the first thousand, the others by reason."""

    named: list[Skipped] = field(default_factory=list)
    more: Counter[str] = field(default_factory=Counter)

    def take(self, found: Sequence[IncomingSkip]) -> int:
        room = max(0, _NAMED_SKIPS - len(self.named))
        self.named += [Skipped(item=item.item, reason=item.reason) for item in found[:room]]
        self.more.update(item.reason for item in found[room:])
        return len(found)

    def all(self) -> tuple[Skipped, ...]:
        """Reasons beyond the most frequent hundred are one line."""
        common = self.more.most_common(_SKIP_REASONS)
        rest = self.more.total() - sum(count for _, count in common)
        lines = [Skipped(item=f"{count} more", reason=reason) for reason, count in common]
        if rest:
            lines.append(Skipped(item=f"{rest} more", reason="other reasons"))
        return (*self.named, *lines)


def _outcomes(saved: SaveCounts) -> Counter[str]:
    return Counter(
        {
            "added": saved.added,
            "changed": saved.changed,
            "unchanged": saved.unchanged,
            "refused": saved.refused,
            PLACES_HIDDEN: saved.hidden,
        }
    )


def _kinds(batch: CleanBatch) -> dict[str, int]:
    found = Counter(
        f"language:{message.language or '?'}"
        for message in batch.messages
        if message.kind is MessageKind.NORMAL
    )
    found["read"] = len(batch.messages) + len(batch.documents)
    found["messages"] = len(batch.messages)
    found["documents"] = len(batch.documents)
    return {name: count for name, count in found.items() if count}


@dataclass
class _Cleaner:
    """Turns pages of one source into what may be stored; remembers people's names while it reads."""

    source: str
    scrubber: Scrubber
    now: datetime
    names: NameBook
    pseudonyms: dict[str, str] = field(default_factory=dict)
    threads: set[str] = field(default_factory=set)
    channels: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)

    def clean(self, batch: IncomingBatch) -> CleanBatch:
        messages = [item for item in batch.items if isinstance(item, IncomingMessage)]
        threads = [item for item in batch.items if isinstance(item, IncomingThread)]
        self.threads.update(item.native_id for item in threads)
        self.channels.update(item.native_id for item in batch.items if isinstance(item, IncomingChannel))
        for message in messages:
            self._meet(message.author)
            for person in message.mentions:
                self._meet(person)
        observed = {self._message_id(item.native_id): item.observed_at or self.now for item in messages}
        # A thread that only its messages speak of has no title yet, and never takes the place of one.
        observed |= {
            native_thread_id(self.source, item.native_id): item.observed_at or self.now
            for item in threads
            if item.title
        }
        documents = tuple(self._document(item) for item in batch.items if isinstance(item, IncomingDocument))
        self.documents.update(document.id for document in documents)
        return CleanBatch(
            source=self.source,
            channels=tuple(self._channel(item) for item in batch.items if isinstance(item, IncomingChannel)),
            threads=tuple(self._thread(item, messages) for item in threads),
            messages=tuple(self._message(item) for item in messages),
            documents=documents,
            observed_at=observed,
            cursor=batch.cursor,
        )

    def skips(self, batch: IncomingBatch) -> list[IncomingSkip]:
        """Return what was passed over; names of files and ids may hold personal data too."""
        return [
            IncomingSkip(self._text(item.item), self._text(item.reason))
            for item in batch.items
            if isinstance(item, IncomingSkip)
        ]

    def _message_id(self, native_id: str) -> str:
        return message_id(self.source, native_id)

    def _pseudonym(self, person: IncomingAuthor) -> str:
        known = self.pseudonyms.get(person.native_id)
        if known is None:
            known = self.scrubber.pseudonym(self.source, person.native_id)
            if len(self.pseudonyms) >= _KNOWN_PEOPLE:
                self.pseudonyms.clear()
            self.pseudonyms[person.native_id] = known
        return known

    def _meet(self, person: IncomingAuthor) -> None:
        # A bot is often called like the product that it speaks for, which a sentence may well name.
        for name in person.names:
            self.names.learn(name, self._pseudonym(person), prose=person.role is not Role.BOT)

    def _text(self, text: str, names: NameBook | None = None) -> str:
        return self.scrubber.clean(self.scrubber.raw_mentions(self.source, text), names)

    def _channel(self, item: IncomingChannel) -> Channel:
        return Channel(
            id=channel_id(self.source, item.native_id),
            source=self.source,
            name=self._text(item.name),
            parent=channel_id(self.source, item.parent) if item.parent else None,
            visibility=item.visibility,
        )

    def _thread(self, item: IncomingThread, messages: Sequence[IncomingMessage]) -> Thread:
        own = [message for message in messages if message.thread_id == item.native_id]
        opened = min((message.created_at for message in own), default=item.observed_at or self.now)
        return Thread(
            id=native_thread_id(self.source, item.native_id),
            source=self.source,
            title=self._text(item.title, self.names) if item.title else UNTITLED,
            channel_id=channel_id(self.source, item.channel_id),
            parent=channel_id(self.source, item.channel_id),
            message_ids=tuple(self._message_id(message.native_id) for message in own),
            opened_at=opened,
            last_at=max((message.created_at for message in own), default=opened),
            kind=ThreadKind.NATIVE,
            tags=tuple(self._text(tag, self.names) for tag in item.tags),
            solved=item.solved,
            visibility=item.visibility,
            url=self._text(item.url),
        )

    def _message(self, item: IncomingMessage) -> Message:
        # Names that the message itself mentions win over equal names of other people.
        own = [(name, self._pseudonym(who)) for who in item.mentions for name in who.names]
        # A program's own sentence names people without any sign: "Added Bob to the group."
        said = item.text if item.kind is MessageKind.NORMAL else named_plainly(item.text, own)
        text = self._text(said, self.names.beside(own))
        return Message(
            id=self._message_id(item.native_id),
            source=self.source,
            channel_id=channel_id(self.source, item.channel_id),
            thread_id=native_thread_id(self.source, item.thread_id) if item.thread_id else None,
            author=self._pseudonym(item.author),
            role=item.author.role,
            kind=item.kind,
            text=text,
            language=language_of(text) if item.kind is MessageKind.NORMAL else "",
            created_at=item.created_at,
            edited_at=item.edited_at,
            reply_to=self._message_id(item.reply_to) if item.reply_to else None,
            mentions=tuple(dict.fromkeys(self._pseudonym(person) for person in item.mentions)),
            url=self._text(item.url),
            marks=item.marks,
        )

    def _document(self, item: IncomingDocument) -> Document:
        return Document(
            id=document_id(self.source, item.path, item.heading, item.ordinal, item.version),
            source=self.source,
            path=item.path,
            url=item.url,
            title=item.title,
            heading=item.heading,
            version=item.version,
            text=item.text,
            checked_at=item.checked_at,
        )


async def split_places(sink: SplitRecords, now: datetime, progress: Progress = _silent) -> Stage:
    """Cut every place with new messages into conversations; what is frozen stays as it is.

    Returns:
        Counts: `places` that were read, and `conversations` that they hold now and are not frozen yet
        or were frozen by this.
    """
    places = await asyncio.to_thread(sink.places_to_split)
    visibility = {channel.id: channel.visibility for channel in await asyncio.to_thread(sink.channels)}
    found = 0
    for number, place in enumerate(places, start=1):
        found += await asyncio.to_thread(_split_place, sink, place, now, visibility)
        progress("conversations", number, len(places))
    return Stage(name="conversations", counts={"places": len(places), "conversations": found})


def _split_place(sink: SplitRecords, place: str, now: datetime, visibility: Mapping[str, Visibility]) -> int:
    title, messages, _ = sink.place_messages(place)
    native = sink.threads([place])
    conversations = conversations_of(
        place,
        title,
        messages,
        native[0] if native else None,
        now,
        visibility=visibility.get(place, Visibility.PUBLIC),
    )
    sink.save_split(place, conversations)
    return len(conversations) or len(native)
