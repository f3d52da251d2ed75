"""What goes wrong on demand: limits with Discord's headers, server trouble, broken connections."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.fakes.discord import (
    FakeDiscord,
    Specification,
    cut,
    lost,
    rate_limited,
    reset,
    running,
    slow,
    status,
)
from tests.fakes.discord_clients import ask, bot, town

MESSAGES = "GET /channels/{channel_id}/messages"


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
def test_discord_py_waits_out_a_rate_limit(scope: str, discord_specification: Specification | None) -> None:
    place = town()
    place.chat.post(place.ada, "hello")

    async def scene() -> None:
        client = bot()
        async with (
            FakeDiscord(place.world, specification=discord_specification) as fake,
            running(fake, client),
        ):
            fake.faults.script(MESSAGES, rate_limited(scope, 0.01), times=2)
            channel = client.get_channel(place.chat.id)
            assert isinstance(channel, discord.TextChannel)
            assert [m.content async for m in channel.history()] == ["hello"]
            assert [one.status for one in fake.requests(MESSAGES)] == [429, 429, 200]
            assert fake.rest.invalid == 2

    asyncio.run(scene())


def test_a_bucket_that_is_empty_answers_429_with_its_headers(
    discord_specification: Specification | None,
) -> None:
    place = town()

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=discord_specification) as fake:
            fake.rest.limits.limit(MESSAGES, 1, 60.0)
            path = f"/channels/{place.chat.id}/messages"
            _, _, headers = await ask(fake, "GET", path)
            assert headers["X-RateLimit-Remaining"] == "0"
            code, body, headers = await ask(fake, "GET", path)
            assert code == 429
            assert body["retry_after"] > 50
            assert not body["global"]
            assert headers["X-RateLimit-Scope"] == "user"
            assert headers["Content-Type"] == "application/json"
            assert headers["Via"]
            other = place.guild.text("other")
            assert (await ask(fake, "GET", f"/channels/{other.id}/messages"))[0] == 200
            fake.rest.limits.limit_all(1, 60.0)
            await ask(fake, "GET", f"/channels/{other.id}")
            code, body, headers = await ask(fake, "GET", f"/channels/{other.id}")
            assert (code, body["global"], headers["X-RateLimit-Scope"]) == (429, True, "global")

    asyncio.run(scene())


def test_server_trouble_and_broken_connections(discord_specification: Specification | None) -> None:
    place = town()
    place.chat.post(place.ada, "hello")
    path = f"/channels/{place.chat.id}/messages"

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=discord_specification) as fake:
            fake.faults.script(MESSAGES, status(500), status(502), status(503), channel_id=place.chat.id)
            assert [(await ask(fake, "GET", path))[0] for _ in range(4)] == [500, 502, 503, 200]
            fake.faults.script(None, reset(), times=2)  # aiohttp repeats a GET once by itself
            with pytest.raises(aiohttp.ClientOSError):
                await ask(fake, "GET", path)
            fake.faults.script(MESSAGES, cut())
            with pytest.raises(aiohttp.ClientPayloadError):
                await ask(fake, "GET", path)
            fake.faults.script(MESSAGES, slow(0.001))
            assert (await ask(fake, "GET", path))[0] == 200
            text = {"content": "x", "allowed_mentions": {"parse": []}}
            fake.faults.script("POST /channels/{channel_id}/messages", lost())
            with pytest.raises(aiohttp.ClientError):
                await ask(fake, "POST", path, text)
            assert [m.content for m in place.chat.page(1)] == ["x"]
            assert len(fake.faults.shown) == 8

    asyncio.run(scene())


def test_random_faults_take_their_share_and_repeat_with_the_seed() -> None:
    place = town()

    def statuses() -> list[int]:
        async def scene() -> list[int]:
            async with FakeDiscord(place.world) as fake:
                fake.faults.at_random(0.3, [status(500), rate_limited()], seed=7)
                return [(await ask(fake, "GET", "/users/@me"))[0] for _ in range(60)]

        return asyncio.run(scene())

    first = statuses()
    assert first == statuses()
    assert set(first) == {200, 429, 500}
    assert 5 < 60 - first.count(200) < 35


def test_offline_breaks_connections_until_it_is_back(discord_specification: Specification | None) -> None:
    place = town()

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=discord_specification) as fake:
            fake.go_offline()
            with pytest.raises(aiohttp.ClientError):
                await ask(fake, "GET", "/users/@me")
            fake.come_back()
            assert (await ask(fake, "GET", "/users/@me"))[0] == 200

    asyncio.run(scene())


def test_a_moment_comes_between_two_pages(discord_specification: Specification | None) -> None:
    place = town()
    first, second = place.chat.post(place.ada, "one"), place.chat.post(place.ada, "two")

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=discord_specification) as fake:
            fake.before(MESSAGES, first.delete, nth=2)
            fake.after(MESSAGES, second.delete, nth=2)
            path = f"/channels/{place.chat.id}/messages"
            pages = [(await ask(fake, "GET", path))[1] for _ in range(3)]
            assert [len(page) for page in pages] == [2, 1, 0]

    asyncio.run(scene())
