"""Threadlore JSONL, our own format: a message or a thread a line. Described in `docs/formats.md`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from threadlore.errors import BadInput
from threadlore.incoming import (
    Incoming,
    IncomingAuthor,
    IncomingChannel,
    IncomingMessage,
    IncomingSkip,
    IncomingThread,
)
from threadlore.ingest.doubles import RecentIds
from threadlore.ingest.formats import FileSource
from threadlore.ingest.reading import MAX_LINE, BrokenFile, lines, open_utf8
from threadlore.ingest.roles import marks_from_counts, marks_from_fields, role_from_word
from threadlore.ingest.values import count_of, instant_of, list_of, mapping_of, text_of
from threadlore.types import Marks, MessageKind, Role, Visibility

TITLE = "Threadlore JSONL"

_ID = ("id", "key", "thread_id")
_AT = ("at", "ts", "timestamp", "created_at", "date")
_TEXT = ("text", "content", "body")
_AUTHOR = ("author", "user")
_REPLY = ("reply_to", "reference")
_CHANNEL = ("channel", "channel_id", "parent", "repo", "project", "file")
_EDITED = ("edited_at", "edited", "updated_at")
_START = re.compile(rb'\s*\{\s*"\w+"\s*:')
_GENERAL = "general"
_LINES_TO_TRY = 5


def recognise(head: bytes, path: Path) -> float:
    """Return how sure it is that a file holds a JSON object a line with an id and a text or messages."""
    rows = [line for line in head.split(b"\n")[: _LINES_TO_TRY + 1] if line.strip()]
    if not rows or not rows[0].lstrip().startswith(b"{"):
        return 0.0
    named = path.name.removesuffix(".gz").endswith((".jsonl", ".ndjson"))
    if b"\n" not in head.strip() and _parse(rows[0]) is None:
        # The head ends inside a first line that is very long.
        return 0.4 if named and _START.match(rows[0]) else 0.0
    parsed = [row for row in map(_parse, rows[:_LINES_TO_TRY]) if row is not None]
    fitting = [row for row in parsed if _fits(row)]
    if not fitting or (not named and len(rows) - len(parsed) > 1):
        return 0.0
    typed = text_of(fitting[0].get("type")) in {"thread", "message"}
    return 0.6 if named or typed or len(fitting) > 1 else 0.0


def _fits(row: dict[str, Any]) -> bool:
    return bool(_first(row, _ID)) and not {*_TEXT, "messages", "title"}.isdisjoint(row)


def instance(path: Path, head: bytes) -> str:
    """Return nothing: the lines do not say where they come from."""
    return ""


def open_files(files: Sequence[Path], name: str, url: str) -> FileSource:
    """Return the source of these files.

    Raises:
        BadInput: no name was given, and without one a second import would double everything.
    """
    if not name:
        raise BadInput(
            f"{files[0].name} does not say which forum it comes from.",
            f"Name it, the same every time: threadlore ingest {files[0].name} --source forum:NAME",
        )
    source = name if ":" in name else f"forum:{name}"
    return FileSource(source, lambda: _read(files, url.rstrip("/")), tuple(files))


def _read(files: Sequence[Path], url: str) -> Iterator[Incoming]:
    for path in files:
        yield from _Reader(path, url).read()


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _first(row: dict[str, Any], names: Sequence[str]) -> str:
    for name in names:
        text = text_of(row.get(name))
        if text:
            return text
    return ""


@dataclass
class _Reader:
    """Reads one file; `undated` counts what has no time of its own."""

    path: Path
    url: str
    undated: int = 0
    channels: set[str] = field(default_factory=set)
    recent: RecentIds = field(default_factory=RecentIds)

    def read(self) -> Iterator[Incoming]:
        try:
            with open_utf8(self.path) as reader:
                for line in lines(reader):
                    yield from self._line(line.number, line.text)
                if reader.replaced:
                    yield IncomingSkip(
                        self.path.name, f"{reader.replaced} characters could not be decoded and were replaced"
                    )
        except BrokenFile as error:
            yield IncomingSkip(self.path.name, f"broken: {error.message}; the lines before it are in")
        if self.undated:
            yield IncomingSkip(
                self.path.name,
                f"{self.undated} items have no time: the file's date {self._file_day():%Y-%m-%d} stands",
            )

    def _skip(self, number: int, reason: str) -> IncomingSkip:
        return IncomingSkip(f"{self.path.name} line {number}", reason)

    def _line(self, number: int, text: bytes | None) -> Iterator[Incoming]:
        if text is None:
            yield self._skip(number, f"the line is longer than {MAX_LINE >> 20} MB")
            return
        if not text.strip():
            return
        row = _parse(text)
        if row is None:
            yield self._skip(number, "no JSON object")
            return
        kind = text_of(row.get("type"))
        is_thread = kind == "thread" or "messages" in row or (kind != "message" and "title" in row)
        yield from self._thread(number, row) if is_thread else self._single(number, row)

    def _channel(self, row: dict[str, Any], visibility: Visibility) -> tuple[str, Iterator[Incoming]]:
        name = _first(row, _CHANNEL) or _GENERAL
        # What is private in a public channel stands in a place of its own: a channel has one visibility.
        place = f"{name}/private" if visibility is Visibility.PRIVATE else name
        if place in self.channels:
            return place, iter(())
        self.channels.add(place)
        return place, iter((IncomingChannel(place, name, visibility=visibility),))

    def _single(self, number: int, row: dict[str, Any]) -> Iterator[Incoming]:
        channel, first = self._channel(row, _visibility(row))
        yield from first
        message = self._message(row, channel, text_of(row.get("thread")) or None, "")
        yield message if message else self._skip(number, "it has no id")
        yield from self._doubled(number, message)

    def _doubled(self, number: int, message: IncomingMessage | None) -> Iterator[Incoming]:
        if message is None:
            return
        if self.recent.seen(message.native_id):
            yield self._skip(number, f"the id {message.native_id} occurs twice; the later copy wins")

    def _thread(self, number: int, row: dict[str, Any]) -> Iterator[Incoming]:
        native_id = _first(row, _ID)
        if not native_id:
            yield self._skip(number, "it has no id")
            return
        channel, first = self._channel(row, _visibility(row))
        yield from first
        solved = row.get("solved")
        yield IncomingThread(
            native_id=native_id,
            channel_id=channel,
            title=text_of(row.get("title")),
            tags=tuple(filter(None, map(text_of, list_of(row.get("tags"))))),
            solved=solved if isinstance(solved, bool) else None,
            url=self._link(row),
            visibility=_visibility(row),
        )
        rows = list_of(row.get("messages")) if "messages" in row else [row]
        for place, raw in enumerate(rows, start=1):
            message = self._message(mapping_of(raw), channel, native_id, native_id)
            yield message or self._skip(number, f"message {place} of thread {native_id} has no id")
            yield from self._doubled(number, message)

    def _link(self, row: dict[str, Any]) -> str:
        link = text_of(row.get("url"))
        if link.startswith(("https://", "http://")):
            return link
        return f"{self.url}/{link.lstrip('/')}" if self.url and link else ""

    def _message(
        self, row: dict[str, Any], channel: str, thread: str | None, thread_author: str
    ) -> IncomingMessage | None:
        native_id = _first(row, _ID)
        if not native_id:
            return None
        created_at = next(filter(None, (instant_of(row.get(name)) for name in _AT)), None)
        if created_at is None:
            self.undated += 1
        return IncomingMessage(
            native_id=native_id,
            channel_id=channel,
            author=_author(row, f"author of {thread_author or native_id}"),
            text=_first(row, _TEXT),
            created_at=created_at or self._file_day(),
            thread_id=thread,
            kind=_kind(row),
            edited_at=next(filter(None, (instant_of(row.get(name)) for name in _EDITED)), None),
            reply_to=_reply(row),
            mentions=tuple(_person(item) for item in list_of(row.get("mentions")) if _person(item).native_id),
            url=self._link(row),
            marks=_marks(row),
        )

    def _file_day(self) -> datetime:
        day = datetime.fromtimestamp(self.path.stat().st_mtime, tz=UTC)
        return day.replace(hour=0, minute=0, second=0, microsecond=0)


def _visibility(row: dict[str, Any]) -> Visibility:
    return Visibility.PRIVATE if text_of(row.get("visibility")) == "private" else Visibility.PUBLIC


def _kind(row: dict[str, Any]) -> MessageKind:
    system = text_of(row.get("kind")) == "system" or row.get("system") is True
    return MessageKind.SYSTEM if system or text_of(row.get("type")) == "System" else MessageKind.NORMAL


def _reply(row: dict[str, Any]) -> str | None:
    for name in _REPLY:
        value = row.get(name)
        target = (
            text_of(mapping_of(value).get("id"))
            or text_of(mapping_of(value).get("messageId"))
            or text_of(value)
        )
        if isinstance(value, list) and value:
            target = text_of(value[0])
        if target:
            return target
    return None


def _author(row: dict[str, Any], unknown: str) -> IncomingAuthor:
    for name in _AUTHOR:
        person = _person(row.get(name))
        if person.native_id:
            role = (
                Role.BOT
                if row.get("isBot") is True or row.get("bot") is True
                else role_from_word(text_of(row.get("role")))
            )
            return IncomingAuthor(person.native_id, person.names, role)
    return IncomingAuthor(unknown)


def _person(value: Any) -> IncomingAuthor:
    """Return a person from a name, or from `{"id": ..., "name": ...}`."""
    fields = mapping_of(value)
    if not fields:
        name = text_of(value)
        return IncomingAuthor(name, (name,) if name else ())
    names = tuple(
        filter(None, (text_of(fields.get(key)) for key in ("name", "login", "nickname", "username")))
    )
    return IncomingAuthor(text_of(fields.get("id")) or (names[0] if names else ""), names)


def _marks(row: dict[str, Any]) -> Marks:
    value = row.get("reactions")
    if isinstance(value, list):
        pairs: list[tuple[str, int]] = []
        for item in map(mapping_of, value):
            emoji = item.get("emoji")
            name = text_of(mapping_of(emoji).get("name")) or text_of(emoji) or text_of(item.get("name"))
            pairs.append((name, count_of(item.get("count"))))
        return marks_from_counts(pairs)
    return marks_from_fields(value)
