"""GitHub issues and their comments, as `gh api` prints the REST API, in any order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from threadlore.errors import BadInput
from threadlore.incoming import Incoming, IncomingChannel, IncomingMessage, IncomingSkip, IncomingThread
from threadlore.ingest.doubles import RecentIds
from threadlore.ingest.formats import FileSource
from threadlore.ingest.github_text import flattened, login_author, mentions_in, readable, rest_reactions
from threadlore.ingest.json_items import JsonItems
from threadlore.ingest.reading import read_head
from threadlore.ingest.values import instant_of, list_of, mapping_of, text_of

TITLE = "GitHub issues and comments (REST JSON)"

_PLACE = re.compile(r"/(?:repos/)?([\w.-]+/[\w.-]+)/(?:issues|pull|pulls)/(\d+)(?:\D|$)")
_ISSUE_URL = re.compile(
    rb'"(?:issue_url|comments_url|repository_url|html_url|url)"\s*:\s*"https?://[^"/]+/(?:api/v\d/)?(?:repos/)?'
    rb'([\w.-]+/[\w.-]+)(?:/(?:issues|pull|pulls)/\d+[^"]*)?"'
)
_KEYS = re.compile(
    rb'"(issue_url|comments_url|repository_url|html_url|number|title|user|body|created_at|node_id)"\s*:'
)
_NOT_SOLVED = frozenset({"not_planned", "duplicate"})
_STALE = re.compile(r"stale|wontfix|won't fix|duplicate|invalid|not planned", re.IGNORECASE)


def recognise(head: bytes, path: Path) -> float:
    """Return how sure it is that a file holds issues or comments of the REST API."""
    if head.lstrip()[:1] not in (b"[", b"{") or b'"nodes"' in head:
        return 0.0
    keys = set(_KEYS.findall(head))
    if not keys & {b"issue_url", b"comments_url"} or len(keys) < 4:
        return 0.0
    return 0.9 if _ISSUE_URL.search(head) else 0.0


def instance(path: Path, head: bytes) -> str:
    """Return the repository, `owner/name`."""
    for found in _ISSUE_URL.finditer(head):
        if b"/issues/" in found.group(0) or b"/pull" in found.group(0):
            return found.group(1).decode()
    return ""


def open_files(files: Sequence[Path], name: str, url: str) -> FileSource:
    """Return the source of one repository's files.

    Raises:
        BadInput: no repository can be seen and none was named.
    """
    if not name:
        raise BadInput(f"{files[0].name} names no repository.", "Name it: --source github:OWNER/NAME")
    source = name if ":" in name else f"github:{name}"
    repository = instance(files[0], read_head(files[0])).casefold()
    return FileSource(source, lambda: _Reader(files, repository).read(), tuple(files))


@dataclass
class _Reader:
    """Reads the files of one repository; counts what is no issue."""

    files: Sequence[Path]
    repository: str
    pulls: set[int] = field(default_factory=set)
    titled: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)
    recent: RecentIds = field(default_factory=RecentIds)

    def read(self) -> Iterator[Incoming]:
        yield IncomingChannel("issues", "issues")
        for path in sorted(self.files, key=_comments_last):
            skipped: Counter[str] = Counter()
            items = JsonItems(path, _prefix(path))
            for number, raw in enumerate(flattened(items), start=1):
                yield from self._item(path, number, mapping_of(raw), skipped)
            for reason, count in sorted(skipped.items()):
                yield IncomingSkip(path.name, f"{count} {reason}")
            for item, reason in items.problems():
                yield IncomingSkip(item, reason)

    def _item(
        self, path: Path, number: int, raw: dict[str, Any], skipped: Counter[str]
    ) -> Iterator[Incoming]:
        is_comment = "issue_url" in raw and "title" not in raw
        place = _PLACE.search(text_of(raw.get("issue_url" if is_comment else "url")) + " ") or _PLACE.search(
            text_of(raw.get("html_url")) + " "
        )
        created_at = instant_of(raw.get("created_at"))
        if place is None or created_at is None:
            yield IncomingSkip(
                f"{path.name} item {number}", "no issue and no comment: it has no number or no time"
            )
            return
        if place.group(1).casefold() != self.repository:
            skipped[f"items of another repository, {place.group(1)}: give it a file of its own"] += 1
            return
        issue = int(place.group(2))
        if _is_pull(raw) or (is_comment and issue in self.pulls):
            if not is_comment:
                self.pulls.add(issue)
            skipped["comments of pull requests" if is_comment else "pull requests: they ask nothing"] += 1
            return
        message = _comment(raw, issue, created_at) if is_comment else _opening(raw, issue, created_at)
        if message is None:
            yield IncomingSkip(f"{path.name} item {number}", "it has no id")
            return
        if self.recent.seen(message.native_id):
            skipped["items that occur twice; the newest copy wins"] += 1
        yield from self._head(raw, issue, titled=not is_comment)
        yield message

    def _head(self, raw: dict[str, Any], issue: int, *, titled: bool) -> Iterator[Incoming]:
        if titled:
            self.titled.add(issue)
            yield _thread(raw, issue)
        elif issue not in self.titled and issue not in self.named:
            self.named.add(issue)
            link = text_of(raw.get("html_url")).split("#")[0]
            yield IncomingThread(_thread_id(issue), "issues", "", url=link)


def _comments_last(path: Path) -> tuple[bool, str]:
    head = read_head(path)
    return b'"issue_url"' in head and b'"comments_url"' not in head, path.name


def _prefix(path: Path) -> str:
    """Arrays are read item by item, single objects one after the other."""
    return "item" if read_head(path, 1024).lstrip().startswith(b"[") else ""


def _is_pull(raw: dict[str, Any]) -> bool:
    return (
        bool(raw.get("pull_request")) or "merge_commit_sha" in raw or "/pull/" in text_of(raw.get("html_url"))
    )


def _thread_id(issue: int) -> str:
    return f"issues/{issue}"


def _thread(raw: dict[str, Any], issue: int) -> IncomingThread:
    labels = [
        text_of(mapping_of(label).get("name")) or text_of(label) for label in list_of(raw.get("labels"))
    ]
    tags = tuple(label for label in labels if label)
    return IncomingThread(
        native_id=_thread_id(issue),
        channel_id="issues",
        title=text_of(raw.get("title")) or f"#{issue}",
        tags=tags,
        solved=_solved(raw, tags),
        url=text_of(raw.get("html_url")),
        observed_at=instant_of(raw.get("updated_at")),
    )


def _solved(raw: dict[str, Any], labels: Sequence[str]) -> bool | None:
    """Closed as completed is solved; closed as stale or not planned says nothing about an answer."""
    if raw.get("state") != "closed" or raw.get("state_reason") in _NOT_SOLVED:
        return None
    return None if any(_STALE.search(label) for label in labels) else True


def _opening(raw: dict[str, Any], issue: int, created_at: datetime) -> IncomingMessage:
    body = readable(text_of(raw.get("body")))
    return IncomingMessage(
        native_id=_thread_id(issue),
        channel_id="issues",
        author=login_author(raw.get("user"), text_of(raw.get("author_association"))),
        text=body,
        created_at=created_at,
        thread_id=_thread_id(issue),
        mentions=mentions_in(body),
        url=text_of(raw.get("html_url")),
        marks=rest_reactions(raw.get("reactions")),
        observed_at=instant_of(raw.get("updated_at")),
    )


def _comment(raw: dict[str, Any], issue: int, created_at: datetime) -> IncomingMessage | None:
    native_id = text_of(raw.get("id"))
    if not native_id:
        return None
    updated_at = instant_of(raw.get("updated_at"))
    body = readable(text_of(raw.get("body")))
    return IncomingMessage(
        native_id=f"comments/{native_id}",
        channel_id="issues",
        author=login_author(raw.get("user"), text_of(raw.get("author_association"))),
        text=body,
        created_at=created_at,
        thread_id=_thread_id(issue),
        edited_at=updated_at if updated_at and updated_at > created_at else None,
        mentions=mentions_in(body),
        url=text_of(raw.get("html_url")),
        marks=rest_reactions(raw.get("reactions")),
        observed_at=updated_at,
    )
