"""A listener that hands what the fake Discord says to a live community, as the bot does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import discord

from tests.fakes.discord import FakeDiscord, running
from tests.ingest.live.desk import Desk
from threadlore.community import CaughtUp, Community
from threadlore.ingest.run import Drain, IngestParts
from threadlore.ingest.scrub import Scrubber
from threadlore.ingest.sources.discord_live.community import FLUSH_S, LiveDiscord
from threadlore.ingest.sources.discord_live.opening import Opening
from threadlore.runs import RunLog
from threadlore.settings import Settings


class Listener(discord.Client):
    """A client that hands every dispatch to a community, as the bot does."""

    def __init__(self, community: Community) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(
            intents=intents, allowed_mentions=discord.AllowedMentions.none(), enable_debug_events=True
        )
        self.community = community

    async def on_socket_raw_receive(self, text: str) -> None:
        frame = json.loads(text)
        if frame["op"] == 0:
            await self.community.event(frame["t"], frame["d"])


async def nothing_waits(log: RunLog | None) -> dict[str, int]:
    """Stand for Milvus, which is up to date."""
    return {}


@asynccontextmanager
async def listening(
    desk: Desk, drain: Drain = nothing_waits, gather_s: float = FLUSH_S
) -> AsyncIterator[tuple[FakeDiscord, LiveDiscord]]:
    """Connect a listener, and yield the fake and the community that hears."""

    async with FakeDiscord(desk.world, specification=desk.specification) as fake:
        settings = Settings(
            discord_api=fake.api_url, discord_token=desk.world.token, data=desk.folder, **desk.settings
        )
        scrubber = Scrubber.for_folder(desk.folder)
        loop = asyncio.get_running_loop()

        def erase(*gone: Sequence[str]) -> int:
            deleted = desk.erase(*gone)
            loop.call_soon_threadsafe(fake.changed)
            return deleted

        parts = IngestParts(
            desk.records,
            scrubber,
            desk.clock,
            drain,
            "settings",
            progress=lambda *_: None,
            erase=erase,
        )
        live = LiveDiscord(
            Opening(settings, desk.records, scrubber, desk.clock), parts, lambda: None, desk.pace, gather_s
        )
        async with running(fake, Listener(live)):
            yield fake, live
            await live.close()


def heard(desk: Desk, scene: Callable[[FakeDiscord, LiveDiscord], Awaitable[None]]) -> None:
    """Run a scene with a listener."""

    async def run() -> None:
        async with listening(desk) as (fake, live):
            await scene(fake, live)

    asyncio.run(run())


async def settled(fake: FakeDiscord, live: LiveDiscord) -> CaughtUp:
    """Let everything that happened arrive, and store it."""
    await fake.settled()
    return await live.flush()
