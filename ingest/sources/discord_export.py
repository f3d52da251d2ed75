"""DiscordChatExporter JSON: a file is a channel, a thread, or a part of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from threadlore.errors import BadInput
from threadlore.incoming import (
    Incoming,
    IncomingChannel,
    IncomingMessage,
    IncomingSkip,
    IncomingThread,
)
from threadlore.ingest.discord_text import (
    LINK,
    NORMAL,
    author_of,
    marks_of,
    mentions_of,
    message_text,
    says_solved,
)
from threadlore.ingest.doubles import RecentIds
from threadlore.ingest.formats import FileSource
from threadlore.ingest.json_items import JsonItems, root_values
from threadlore.ingest.reading import BrokenFile, open_utf8
from threadlore.ingest.values import instant_of, mapping_of, text_of
from threadlore.types import MessageKind, Visibility

TITLE = "DiscordChatExporter JSON"

_START = re.compile(rb'^\s*\{\s*"(guild|channel)"\s*:\s*\{')
_KEYS = re.compile(rb'"(channel|dateRange|exportedAt|messages)"\s*:')
_GUILD = re.compile(rb'"guild"\s*:\s*\{[^{}]*?"id"\s*:\s*"?(\d+)')
_COUNT = re.compile(rb'"messageCount"\s*:\s*(\d+)\s*\}\s*$')
_THREADS = frozenset({"GuildNewsThread", "GuildPublicThread", "GuildPrivateThread", "10", "11", "12"})
_DIRECT_KINDS = frozenset({"DirectTextChat", "DirectGroupTextChat", "1", "3"})
_PRIVATE = frozenset({"GuildPrivateThread", "12"}) | _DIRECT_KINDS
_REPLY = frozenset({"Reply", "19"})
_DIRECT = "direct messages"
"""Stands for the name of a place that is named after the people in it."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def recognise(head: bytes, path: Path) -> float:
    """Return how sure it is that a file was written by DiscordChatExporter; it has no version field."""
    if not _START.match(head):
        return 0.0
    return 0.95 if len(set(_KEYS.findall(head))) >= 2 and _GUILD.search(head) else 0.0


def instance(path: Path, head: bytes) -> str:
    """Return the guild id; direct messages have the guild 0."""
    found = _GUILD.search(head)
    return found.group(1).decode() if found else ""


def open_files(files: Sequence[Path], name: str, url: str) -> FileSource:
    """Return the source of one guild's export files.

    Files are read in the order of their export, so that of two exports of a channel the newer one is
    read last; every message carries the time of its export, and the newest copy wins anyway.
    """
    source = name if ":" in name else f"discord:{name}"
    return FileSource(source, lambda: _read(files), tuple(files))


@dataclass(frozen=True, slots=True)
class _Header:
    path: Path
    guild: str
    channel: str
    kind: str
    title: str
    parent: str
    parent_name: str
    exported_at: datetime | None

    @property
    def is_thread(self) -> bool:
        return self.kind in _THREADS

    @property
    def visibility(self) -> Visibility:
        private = self.kind in _PRIVATE or self.guild == "0"
        return Visibility.PRIVATE if private else Visibility.PUBLIC

    @property
    def url(self) -> str:
        return f"{LINK}/{'@me' if self.guild == '0' else self.guild}/{self.channel}"


def _header(path: Path) -> _Header:
    values = root_values(path, "messages")
    channel = text_of(values.get("channel.id"))
    if not channel:
        raise BadInput(f"{path.name} names no channel id.", "Export it again.")
    kind = text_of(values.get("channel.type"))
    return _Header(
        path=path,
        guild=text_of(values.get("guild.id")),
        channel=channel,
        kind=kind,
        title=_DIRECT if kind in _DIRECT_KINDS else text_of(values.get("channel.name")) or channel,
        parent=text_of(values.get("channel.categoryId")),
        parent_name=text_of(values.get("channel.category")),
        exported_at=instant_of(values.get("exportedAt")),
    )


def _read(files: Sequence[Path]) -> Iterator[Incoming]:
    headers: list[_Header] = []
    for path in files:
        try:
            headers.append(_header(path))
        except BadInput as error:
            yield IncomingSkip(path.name, error.message)
    headers.sort(key=lambda header: (header.exported_at or _NEVER, header.channel, header.path.name))
    threads = {header.channel for header in headers if header.is_thread}
    for header in headers:
        yield from _place(header)
        yield from _messages(header, threads)


def _place(header: _Header) -> Iterator[Incoming]:
    if not header.is_thread:
        yield IncomingChannel(header.channel, header.title, visibility=header.visibility)
        return
    # For a thread the export's "category" is the channel that the thread hangs in.
    parent = header.parent or header.channel
    yield IncomingChannel(parent, header.parent_name or header.title)
    yield IncomingThread(
        native_id=header.channel,
        channel_id=parent,
        title=header.title,
        solved=True if says_solved(header.title) else None,
        url=header.url,
        visibility=header.visibility,
        observed_at=header.exported_at,
    )


def _messages(header: _Header, threads: set[str]) -> Iterator[Incoming]:
    items = JsonItems(header.path, "messages.item")
    recent = RecentIds()
    read = unusable = 0
    for raw in items:
        read += 1
        message = _message(header, threads, mapping_of(raw))
        if message is None:
            unusable += 1
            yield IncomingSkip(f"{header.path.name} message {read}", "it has no id or no time")
            continue
        if recent.seen(message.native_id):
            yield IncomingSkip(
                f"{header.path.name} message {message.native_id}", "its id occurs twice in the file"
            )
        yield message
    for item, reason in items.problems():
        yield IncomingSkip(item, reason)
    yield from _partial(header, read, broken=bool(items.broken))


def _message(header: _Header, threads: set[str], raw: dict[str, Any]) -> IncomingMessage | None:
    native_id, created_at = text_of(raw.get("id")), instant_of(raw.get("timestamp"))
    if not native_id or created_at is None:
        return None
    kind = text_of(raw.get("type"))
    reference = mapping_of(raw.get("reference"))
    thread = header.channel if header.is_thread else None
    if thread is None and native_id in threads:
        # The message that a thread was opened on has the thread's id and opens the conversation.
        thread = native_id
    normal = kind in NORMAL
    return IncomingMessage(
        native_id=native_id,
        channel_id=(header.parent or header.channel) if header.is_thread else header.channel,
        author=author_of(mapping_of(raw.get("author"))),
        text=message_text(raw) if normal else text_of(raw.get("content")),
        created_at=created_at,
        thread_id=thread,
        kind=MessageKind.NORMAL if normal else MessageKind.SYSTEM,
        edited_at=instant_of(raw.get("timestampEdited")),
        reply_to=(text_of(reference.get("messageId")) or None) if kind in _REPLY else None,
        mentions=mentions_of(raw),
        url=f"{header.url}/{native_id}",
        marks=marks_of(raw),
        observed_at=header.exported_at,
    )


def _partial(header: _Header, read: int, *, broken: bool) -> Iterator[IncomingSkip]:
    """A finished export ends with its count; one that lacks it was cut off or is still being written."""
    if broken:
        return
    counted = _COUNT.search(_tail(header.path))
    if counted is None:
        yield IncomingSkip(
            header.path.name, f"a partial export: it has no messageCount; {read} messages are in"
        )
    elif int(counted.group(1)) != read:
        yield IncomingSkip(
            header.path.name, f"a partial export: it counts {int(counted.group(1))} messages and holds {read}"
        )


def _tail(path: Path, size: int = 512) -> bytes:
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            file.seek(max(0, path.stat().st_size - size))
            tail = file.read()
            return tail if b"\0" not in tail else tail.replace(b"\0", b"")
    tail = b""
    with open_utf8(path) as reader:
        try:
            while chunk := reader.read(1 << 16):
                tail = (tail + chunk)[-size:]
        except BrokenFile:
            return tail
    return tail
