"""A made-up forum: as many matters as wanted, each in words of its own, each settled in three threads."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 9, 1, tzinfo=UTC)
THREADS_A_TOPIC = 3
SYLLABLES = ("ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu", "dra", "fle", "gri", "plo", "stu")
FORMS = (
    "Why does {0} {1} {5} when {2} {3} starts?",
    "{0} {1} {5} as soon as {2} {3} starts, why?",
    "Why is it that {0} {1} {5} when a {2} {3} starts?",
)


def words_of(topic: int) -> list[str]:
    """Return the words that a matter is told in."""
    source = random.Random(topic)  # noqa: S311 - words, not secrets
    return ["".join(source.choices(SYLLABLES, k=4)) for _ in range(6)]


def thread(topic: int, number: int) -> dict[str, object]:
    """Return one thread: asked, answered, thanked for."""
    words = words_of(topic)
    asker = f"asker{topic}x{number}"
    said = [
        (asker, "member", FORMS[number % len(FORMS)].format(*words)),
        ("helper", "helper", f"Set {words[4]}.limit to {topic + 10} and restart {words[0]} {words[1]}."),
        (asker, "member", "Thanks, that fixed it!"),
    ]
    at = START + timedelta(hours=topic + number)
    key = f"t{topic}n{number}"
    return {
        "type": "thread",
        "id": key,
        "title": said[0][2],
        "channel": "help",
        "url": f"https://forum.example/{key}",
        "messages": [
            {
                "id": f"{key}m{place}",
                "author": author,
                "role": role,
                "text": text,
                "at": (at + timedelta(minutes=10 * place)).isoformat(),
            }
            for place, (author, role, text) in enumerate(said)
        ],
    }


def write_forum(path: Path, topics: int) -> None:
    """Write a forum of so many matters as Threadlore JSONL."""
    lines = [thread(topic, number) for topic in range(topics) for number in range(THREADS_A_TOPIC)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
