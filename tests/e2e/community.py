"""A small forum: two matters that many ask about, one that stays open, and what must not get out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
SOURCE = "forum:e2e"
HELPER = "hanna"

ETCD_ANSWER = "Move the etcd volume to a local SSD and set ETCD_QUOTA_BACKEND_BYTES to 4294967296."
ETCD = (
    "Why does etcd keep crashing when I start the standalone container?",
    "Why does etcd keep crashing after I start the container?",
    "etcd keeps crashing when the standalone container starts, why?",
    "Why does the standalone container start and then etcd keeps crashing?",
)
BACKUP_ANSWER = "Run the backup tool with --colls to copy only the collections that you name."
BACKUP = (
    "How do I back up only one collection with the backup tool?",
    "How can I back up one collection only with the backup tool?",
    "Is there a way to back up only one collection with the backup tool?",
    "How do I make the backup tool copy only one collection?",
)
OPEN = "Why is the search on a partition key slower after the compaction finished?"
PRIVATE_MARK = "zanzibarsecretproject"
FLOOD_MARK = "buyfloodcoins"


@dataclass(frozen=True)
class Post:
    """A thread: a question, and what was said to it."""

    key: str
    asker: str
    asked: str
    answer: str = ""
    thanks: str = "thanks, that fixed it!"
    day: int = 0
    channel: str = "help"
    visibility: str = "public"
    helper: str = HELPER
    edited: int = 0

    def line(self) -> Mapping[str, object]:
        """Return the thread as Threadlore JSONL."""
        at = START + timedelta(days=self.day)
        said: list[dict[str, object]] = [{"author": self.asker, "text": self.asked}]
        if self.answer:
            marks = {"solved": 1}
            said.append({"author": self.helper, "role": "helper", "text": self.answer, "reactions": marks})
            said.append({"author": self.asker, "text": self.thanks})
        for number, message in enumerate(said):
            message["id"] = f"{self.key}m{number}"
            message["at"] = (at + timedelta(minutes=20 * number)).isoformat()
            message["url"] = f"https://forum.example/{self.key}/{number}"
        if self.edited:
            said[1]["edited_at"] = (at + timedelta(days=self.edited)).isoformat()
        return {
            "type": "thread",
            "id": self.key,
            "title": self.asked,
            "channel": self.channel,
            "url": f"https://forum.example/{self.key}",
            "visibility": self.visibility,
            "messages": said,
        }


def etcd_posts() -> list[Post]:
    """Return a settled matter that four people asked about."""
    return [Post(f"e{n}", f"asker{n}", text, ETCD_ANSWER, day=n) for n, text in enumerate(ETCD)]


def backup_posts() -> list[Post]:
    """Return another settled matter, of four other people."""
    return [Post(f"b{n}", f"asker{n + 10}", text, BACKUP_ANSWER, day=n) for n, text in enumerate(BACKUP)]


def community() -> list[Post]:
    """Return the whole forum: 18 threads."""
    open_ones = [Post(f"o{n}", f"asker{n + 20}", OPEN, day=20 + n) for n in range(3)]
    private = [
        Post(
            f"p{n}",
            f"asker{n + 30}",
            f"How do I rotate the token of the {PRIVATE_MARK} cluster in the staging area?",
            f"Rotate the token of {PRIVATE_MARK} with the admin command and restart the proxy.",
            day=n,
            channel="staff",
            visibility="private",
        )
        for n in range(3)
    ]
    flood = [
        Post(
            f"f{n}",
            "flooder",
            f"Where can I {FLOOD_MARK} for the gold plan of the hosting number {n}?",
            f"You can {FLOOD_MARK} in the shop of the gold plan of the hosting.",
            day=n,
            helper="flooder",
        )
        for n in range(4)
    ]
    return [*etcd_posts(), *backup_posts(), *open_ones, *private, *flood]


def write(path: Path, posts: Iterable[Post]) -> Path:
    """Write posts as a Threadlore JSONL file."""
    path.write_text("".join(json.dumps(post.line()) + "\n" for post in posts), encoding="utf-8")
    return path


def with_answer(post: Post, answer: str, edited: int = 0) -> Post:
    """Return `post` as a newer export has it: its answer edited so many days later."""
    return replace(post, answer=answer, edited=edited)
