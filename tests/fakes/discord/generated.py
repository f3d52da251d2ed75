"""A world of any size from a seed, for benchmarks: the same arguments make the same world."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.fakes.discord.channels import Channel, Place, Thread
from tests.fakes.discord.flags import ChannelType
from tests.fakes.discord.guilds import Guild
from tests.fakes.discord.messages import Message
from tests.fakes.discord.people import Member
from tests.fakes.discord.world import World

START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = (
    "index", "query", "memory", "collection", "segment", "vector", "cluster", "upgrade", "timeout", "replica",
    "partition", "schema", "insert", "delete", "search", "recall", "latency", "driver", "node", "disk",
    "load", "release", "filter", "scalar", "hybrid", "token", "backup", "restore", "helm", "docker",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much a world holds."""

    threads: int
    messages: int


def grow(world: World, *, threads: int, messages: int, seed: int = 1, people: int = 200) -> Guild:
    """Add a guild with exactly so many threads and messages, counted over every channel and thread.

    Three text channels, an announcement channel and two forums share the threads; nine of ten are
    archived, some of them at the very same time. A quarter of the messages stands in the channels.

    Raises:
        ValueError: fewer than four messages a thread are wanted.
    """
    if messages < 4 * threads:
        raise ValueError("a world needs at least four messages a thread")
    draw = random.Random(seed)
    guild = world.guild("Generated")
    members = [guild.member(f"member{number}") for number in range(people)]
    texts = [guild.text(name) for name in ("general", "operations", "clients")]
    texts.append(guild.announcement("news"))
    forums = [guild.forum(name, "solved", "bug") for name in ("help", "ideas")]
    opened = _open_threads(draw, texts, forums, members, threads)
    missing = messages - measured(world).messages
    for place in draw.choices(texts, k=missing // 4):
        _say(draw, place, members)
    weights = [draw.paretovariate(1.2) for _ in opened]
    for thread in draw.choices(opened, weights, k=missing - missing // 4):
        _say(draw, thread, members)
    for thread in opened:
        if draw.random() < 0.9:
            last = thread.messages[thread.order[-1]].created_at
            thread.archive(at=last.replace(microsecond=0, second=0, minute=0) + timedelta(days=3))
    return guild


def _open_threads(
    draw: random.Random,
    texts: Sequence[Channel],
    forums: Sequence[Channel],
    members: Sequence[Member],
    count: int,
) -> list[Thread]:
    opened = []
    for number in range(count):
        at = START + timedelta(minutes=97 * number, seconds=draw.randrange(60))
        author, title = draw.choice(members), f"{_words(draw, 4)} {number}"
        if draw.random() < 0.7:
            forum = draw.choice(forums)
            tags = [draw.choice(forum.tags)] if draw.random() < 0.3 else []
            opened.append(forum.ask(author, title, _words(draw, 30), at=at, tags=tags))
            continue
        channel = draw.choice(texts)
        on = channel.post(author, _words(draw, 12), at=at) if draw.random() < 0.7 else None
        thread = channel.open_thread(title, author, at=at, on=on)
        thread.post(author, _words(draw, 30), at=at)
        opened.append(thread)
    return opened


def _say(draw: random.Random, place: Place, members: Sequence[Member]) -> Message:
    last = place.messages[place.order[-1]] if place.order else None
    begun = START if last is None else last.created_at
    reply_to = last if last is not None and draw.random() < 0.2 else None
    at = begun + timedelta(seconds=draw.randrange(5, 4000))
    return place.post(draw.choice(members), _words(draw, draw.randrange(3, 40)), at=at, reply_to=reply_to)


def _words(draw: random.Random, count: int) -> str:
    return " ".join(draw.choices(WORDS, k=count))


def measured(world: World) -> Size:
    """Return how many threads and messages a world holds."""
    threads = sum(len(guild.threads) for guild in world.guilds.values())
    places = (p for g in world.guilds.values() for p in (*g.channels.values(), *g.threads.values()))
    return Size(threads, sum(len(place.messages) for place in places if place.type != ChannelType.CATEGORY))
