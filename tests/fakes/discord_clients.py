"""What the tests of the fake Discord share: a small world, a client of discord.py, and plain requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from tests.fakes.discord import FakeDiscord, Specification, World, pointed_at, running
from tests.fakes.discord.channels import Channel
from tests.fakes.discord.guilds import Guild
from tests.fakes.discord.people import Member


@dataclass
class Town:
    """A guild with a chat, a forum and one member."""

    world: World
    guild: Guild
    chat: Channel
    forum: Channel
    ada: Member


def town() -> Town:
    """Return a small world."""
    world = World()
    guild = world.guild("Community")
    return Town(world, guild, guild.text("general"), guild.forum("help", "solved"), guild.member("ada"))


class Prompt(discord.Client):
    """A client that does not wait five seconds before it identifies again."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify at once."""


def bot(*, content: bool = True, members: bool = True) -> discord.Client:
    """Return a client that pings nobody."""
    intents = discord.Intents.default()
    intents.message_content, intents.members = content, members
    return Prompt(intents=intents, allowed_mentions=discord.AllowedMentions.none())


@asynccontextmanager
async def connected(
    place: Town, client: discord.Client, specification: Specification | None = None
) -> AsyncIterator[FakeDiscord]:
    """Connect a client to a fake of the town, and yield the fake."""
    async with FakeDiscord(place.world, specification=specification) as fake, running(fake, client):
        yield fake


async def ended_by(place: Town, act: Callable[[FakeDiscord], object]) -> BaseException | None:
    """Connect a client, let something happen that ends it, and return what it ended with."""
    client = bot()
    async with FakeDiscord(place.world) as fake:
        with pointed_at(fake):
            task = asyncio.create_task(client.start(place.world.token))
            await fake.until(lambda: bool(fake.gateway.identified))
            await fake.settled()
            act(fake)
            (error,) = await asyncio.gather(task, return_exceptions=True)
            await client.close()
    return error


async def ask(
    fake: FakeDiscord, method: str, path: str, body: Any = None, *, token: str | None = None, **query: Any
) -> tuple[int, Any, dict[str, str]]:
    """Send one request by hand; return status, JSON and headers."""
    headers = {"Authorization": f"Bot {token or fake.world.token}"}
    params = {name: str(value) for name, value in query.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, fake.api_url + path, json=body, params=params, headers=headers) as answer,
    ):
        content = await answer.json() if answer.content_type == "application/json" else None
        return answer.status, content, dict(answer.headers)
