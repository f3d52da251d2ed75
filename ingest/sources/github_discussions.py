"""GitHub discussions as the GraphQL API returns them: comments, replies, the marked answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from threadlore.errors import BadInput
from threadlore.incoming import Incoming, IncomingChannel, IncomingMessage, IncomingSkip, IncomingThread
from threadlore.ingest.formats import FileSource
from threadlore.ingest.github_text import flattened, graphql_reactions, login_author, mentions_in, readable
from threadlore.ingest.json_items import JsonItems
from threadlore.ingest.reading import BrokenFile, JsonGuard, open_utf8
from threadlore.ingest.surrogates import WholeCharacters
from threadlore.ingest.values import instant_of, list_of, mapping_of, text_of

TITLE = "GitHub discussions (GraphQL JSON)"

_URL = re.compile(r"https?://[^/\s\"]+/([\w.-]+/[\w.-]+)/discussions/(\d+)")
_INSIDE = frozenset({"comments", "replies", "reactions", "reactionGroups"})
"""Lists inside a discussion: a file whose first list is one of these holds discussions at its root."""


def recognise(head: bytes, path: Path) -> float:
    """Return how sure it is that a file holds discussions of the GraphQL API."""
    if head.lstrip()[:1] not in (b"[", b"{"):
        return 0.0
    named = (
        b'"discussions"' in head or b'"discussion"' in head or _URL.search(head.decode("utf-8", "replace"))
    )
    keys = sum(
        key in head
        for key in (b'"nodes"', b'"comments"', b'"createdAt"', b'"answer', b'"isAnswer', b'"bodyText"')
    )
    return 0.95 if named and keys >= 2 and b'"createdAt"' in head else 0.0


def instance(path: Path, head: bytes) -> str:
    """Return the repository, `owner/name`, from the first discussion's address."""
    text = head.decode("utf-8", "replace")
    found = _URL.search(text) or re.search(r'"nameWithOwner"\s*:\s*"([\w.-]+/[\w.-]+)"', text)
    return found.group(1) if found else ""


def open_files(files: Sequence[Path], name: str, url: str) -> FileSource:
    """Return the source of one repository's files; it has the same name as that of its issues.

    Raises:
        BadInput: no repository can be seen and none was named.
    """
    if not name:
        raise BadInput(
            f"{files[0].name} names no repository.",
            "Ask GraphQL for `url` of the discussions, or name it: --source github:OWNER/NAME",
        )
    source = name if ":" in name else f"github:{name}"
    return FileSource(source, lambda: _Reader(files).read(), tuple(files))


@dataclass
class _Reader:
    """Reads the files of one repository."""

    files: Sequence[Path]
    channels: set[str] = field(default_factory=set)

    def read(self) -> Iterator[Incoming]:
        for path in self.files:
            items = JsonItems(path, _prefix(path))
            for number, raw in enumerate(flattened(items), start=1):
                yield from self._discussion(path, number, mapping_of(raw))
            for item, reason in items.problems():
                yield IncomingSkip(item, reason)

    def _discussion(self, path: Path, number: int, raw: dict[str, Any]) -> Iterator[Incoming]:
        created_at = instant_of(raw.get("createdAt"))
        found = _URL.search(text_of(raw.get("url")))
        ordinal = text_of(raw.get("number")) or (found.group(2) if found else "")
        if created_at is None or not ordinal:
            yield IncomingSkip(f"{path.name} discussion {number}", "it has no number or no time")
            return
        native_id = f"discussions/{ordinal}"
        category = text_of(mapping_of(raw.get("category")).get("name")) or "discussions"
        channel = f"discussions/{category.casefold()}"
        if channel not in self.channels:
            self.channels.add(channel)
            yield IncomingChannel(channel, category)
        answer = mapping_of(raw.get("answer"))
        place = _Place(path, channel, native_id, text_of(answer.get("id")))
        yield _thread(raw, place, number)
        opening = place.message(raw, native_id, None)
        if opening is not None:
            yield opening
        yield from place.comments(raw, native_id)
        if answer and place.answer not in place.seen and "body" in answer:
            message = place.message(answer, f"dcomments/{_id(answer)}", None)
            if message is not None:
                yield message


def _thread(raw: dict[str, Any], place: _Place, number: int) -> IncomingThread:
    labels = list_of(mapping_of(raw.get("labels")).get("nodes"))
    answered = raw.get("isAnswered")
    solved = True if answered is True or raw.get("answer") or raw.get("answerChosenAt") else None
    return IncomingThread(
        native_id=place.thread,
        channel_id=place.channel,
        title=text_of(raw.get("title")) or f"#{number}",
        tags=tuple(filter(None, (text_of(mapping_of(label).get("name")) for label in labels))),
        solved=solved,
        url=text_of(raw.get("url")),
        observed_at=instant_of(raw.get("updatedAt")),
    )


def _id(raw: dict[str, Any]) -> str:
    return text_of(raw.get("databaseId")) or text_of(raw.get("id"))


@dataclass
class _Place:
    """A discussion while its comments are read."""

    path: Path
    channel: str
    thread: str
    answer: str
    seen: set[str] = field(default_factory=set)

    def comments(self, raw: dict[str, Any], parent: str | None, key: str = "comments") -> Iterator[Incoming]:
        block = mapping_of(raw.get(key))
        for comment in map(mapping_of, list_of(block.get("nodes"))):
            native_id = f"dcomments/{_id(comment)}" if _id(comment) else ""
            self.seen.add(text_of(comment.get("id")))
            message = (
                self.message(comment, native_id, parent if key == "replies" else None) if native_id else None
            )
            if message is None:
                yield IncomingSkip(f"{self.path.name} {self.thread}", "a comment has no id or no time")
                continue
            yield message
            if key == "comments":
                yield from self.comments(comment, native_id, "replies")
        if mapping_of(block.get("pageInfo")).get("hasNextPage") is True:
            yield IncomingSkip(f"{self.path.name} {self.thread}", f"there are more {key} than the file holds")

    def message(self, raw: dict[str, Any], native_id: str, reply_to: str | None) -> IncomingMessage | None:
        created_at = instant_of(raw.get("createdAt"))
        if created_at is None:
            return None
        body = readable(text_of(raw.get("body")) or text_of(raw.get("bodyText")))
        answer = raw.get("isAnswer") is True or (bool(self.answer) and text_of(raw.get("id")) == self.answer)
        return IncomingMessage(
            native_id=native_id,
            channel_id=self.channel,
            author=login_author(raw.get("author"), text_of(raw.get("authorAssociation"))),
            text=body,
            created_at=created_at,
            thread_id=self.thread,
            edited_at=instant_of(raw.get("lastEditedAt")),
            reply_to=reply_to,
            mentions=mentions_in(body),
            url=text_of(raw.get("url")),
            marks=graphql_reactions(raw, answer=answer),
            observed_at=instant_of(raw.get("updatedAt")),
        )


def _prefix(path: Path) -> str:
    """Return where the discussions stand: found by walking to the first list of them."""
    import ijson

    root = ""
    with open_utf8(path) as reader:
        guard = JsonGuard(WholeCharacters(reader))
        try:
            for place, event, _ in ijson.parse(guard, buf_size=4096):
                parts = place.split(".")
                if event == "start_array" and place == "":
                    root = "item"
                if event == "start_array" and parts[-1] == "nodes" and parts[-2:-1] != ["labels"]:
                    return root if _INSIDE.intersection(parts[-2:-1]) else f"{place}.item"
                if event == "start_map" and parts[-1] == "discussion":
                    return str(place)
                if guard.read_bytes > 1 << 20:
                    break
        except (ijson.JSONError, BrokenFile, ValueError, OverflowError):
            return root
    return root
