"""A data folder that reads the fake Discord, as `threadlore ingest discord` does, without vectors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.fakes.discord import FakeDiscord, Specification, World
from tests.fakes.discord.channels import Channel
from tests.fakes.discord.people import Member
from threadlore.community import Manner
from threadlore.ingest.scrub import Scrubber
from threadlore.ingest.sources.discord_live.opening import Opening
from threadlore.ingest.sources.discord_live.pacing import Pace
from threadlore.ingest.sync import Ingested, Progress, ingest, split_places
from threadlore.settings import Settings
from threadlore.store.deletion import delete
from threadlore.store.records import Records

MESSAGES = "GET /channels/{channel_id}/messages"
CHANNEL = "GET /channels/{channel_id}"
ARCHIVED = "GET /channels/{channel_id}/threads/archived/public"
ACTIVE = "GET /guilds/{guild_id}/threads/active"


PLAIN = Manner()


@dataclass
class Ticking:
    """The machine's clock, and what a test adds to it."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Desk:
    """Reads a world into records."""

    folder: Path
    world: World
    specification: Specification | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    clock: Ticking = field(default_factory=Ticking)
    before: Callable[[FakeDiscord], None] = lambda _: None
    asked: list[str] = field(default_factory=list)
    """Routes of the last run."""
    progress: Progress = lambda *_: None
    pace: Pace = field(default_factory=lambda: Pace(10_000, first_wait_s=0.01))

    def __post_init__(self) -> None:
        self.records = Records(self.folder)

    def close(self) -> None:
        self.records.close()

    def sync(self, manner: Manner = PLAIN, only: Sequence[str] | None = None) -> Ingested:
        """Read everything that is new, in a run of its own."""
        return asyncio.run(self._sync(manner, only))

    async def _sync(self, manner: Manner, only: Sequence[str] | None) -> Ingested:
        async with FakeDiscord(self.world, specification=self.specification) as fake:
            self.before(fake)
            try:
                return await self.read(fake, manner, only)
            finally:
                self.asked = [one.route for one in fake.rest.asked]

    async def read(
        self, fake: FakeDiscord, manner: Manner = PLAIN, only: Sequence[str] | None = None
    ) -> Ingested:
        """Read from a fake that is running already."""
        settings = Settings(
            discord_api=fake.api_url, discord_token=self.world.token, data=self.folder, **self.settings
        )
        opened = Opening(settings, self.records, Scrubber.for_folder(self.folder), self.clock)
        self.pace.answers.clear()
        async with opened.connect(self.pace) as api:
            (source,) = await opened.sources(api, manner, only)
            return await ingest(
                source,
                self.records,
                opened.scrubber,
                self.clock.now(),
                self.erase,
                self.progress,
            )

    def erase(self, messages: Sequence[str], threads: Sequence[str], channels: Sequence[str]) -> int:
        """Delete as the command does; return how many messages."""
        return delete(self.records, messages, threads, channels).messages

    def split(self) -> None:
        """Cut what was read into conversations."""
        asyncio.run(split_places(self.records, self.clock.now()))

    def texts(self) -> dict[str, str]:
        """Return the texts of all messages that somebody wrote, by native id."""
        return {key: row["text"] for key, row in self.rows().items() if row["kind"] == "normal"}

    def rows(self) -> dict[str, Any]:
        """Return all stored messages by native id."""
        found = map(json.loads, self.records.database.column("SELECT record FROM messages ORDER BY id"))
        return {row["id"].rpartition("/")[2]: row for row in found}

    def threads(self) -> dict[str, Any]:
        """Return all stored native threads by native id."""
        query = "SELECT record FROM threads WHERE kind = 'native'"
        found = map(json.loads, self.records.database.column(query))
        return {row["id"].rpartition("/")[2]: row for row in found}


def reasons(done: Ingested) -> list[str]:
    """Return what a run passed over, each with its reason."""
    return [f"{skip.item}: {skip.reason}" for skip in done.skipped]


def closed_posts(forum: Channel, author: Member, count: int) -> None:
    """Open posts in a forum and close them, a second one after another, the last one just now.

    Pages of archived threads overlap by a millisecond: posts that close within one, as they would
    on a fast machine, cost a page more.
    """
    now = forum.guild.world.clock.now()
    for number in range(count):
        then = now - timedelta(seconds=count - number)
        forum.ask(author, f"post {number}", "text", at=then).archive(at=then)
