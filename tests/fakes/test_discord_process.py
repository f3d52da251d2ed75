"""A generated world, and the fake in a process of its own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.discord import FakeDiscord, World, in_background
from tests.fakes.discord.generated import grow, measured
from tests.fakes.discord.process import discord_process
from tests.fakes.discord_clients import ask, town


def told(world: World) -> list[str]:
    guild = next(iter(world.guilds.values()))
    places = (*guild.channels.values(), *guild.threads.values())
    return [f"{place.name}: {m.content}" for place in places for m in place.messages.values()]


def test_a_generated_world_has_exactly_what_was_asked_for_and_repeats() -> None:
    worlds = [World(), World()]
    for world in worlds:
        grow(world, threads=40, messages=600, seed=3)
        size = measured(world)
        assert (size.threads, size.messages) == (40, 600)
    first, second = map(told, worlds)
    assert first == second
    threads = list(next(iter(worlds[0].guilds.values())).threads.values())
    assert 20 < sum(thread.archived for thread in threads) < 40


def test_a_world_without_room_for_its_threads_is_refused() -> None:
    with pytest.raises(ValueError, match="four messages a thread"):
        grow(World(), threads=10, messages=20)


async def first_page(api: str, token: str, guild: int) -> Any:
    headers = {"Authorization": f"Bot {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{api}/guilds/{guild}/threads/active") as answer,
    ):
        return await answer.json()


def test_a_fake_in_its_own_process_serves_and_obeys(tmp_path: Path) -> None:
    script = tmp_path / "orders.json"
    script.write_text(json.dumps([{"do": "limit_all", "requests": 1000, "window_s": 1.0}]))
    arguments = ("--threads", "20", "--messages", "200", "--script", str(script))
    with discord_process(*arguments) as process:
        before = asyncio.run(first_page(process.api, process.token, process.guild))
        posted = process.do("post", count=1, text="one more")["messages"]
        size = process.do("measure")
        assert (size["threads"], size["messages"]) == (20, 201)
        assert size["requests"] == {"GET /guilds/{guild_id}/threads/active": 1}
        assert len(before["threads"]) >= 1
        process.do("delete", messages=posted)
        assert process.do("measure")["messages"] == 200
        process.do("forget_requests")
        process.do("disturb", share=1.0)
        assert process.do("measure")["requests"] == {}
        with pytest.raises(RuntimeError, match="KeyError"):
            process.do("dance")


def test_the_fake_serves_from_a_thread_of_its_own() -> None:
    place = town()
    with in_background(FakeDiscord(place.world)) as fake:
        place.chat.post(place.ada, "hello")
        status, body, _ = asyncio.run(ask(fake, "GET", f"/channels/{place.chat.id}/messages"))
        assert (status, [one["content"] for one in body]) == (200, ["hello"])


def test_broken_rules_reach_the_test_from_the_other_thread() -> None:
    place = town()
    with (
        pytest.raises(AssertionError, match="could ping"),
        in_background(FakeDiscord(place.world)) as fake,
    ):
        body = {"content": "@everyone"}
        assert asyncio.run(ask(fake, "POST", f"/channels/{place.chat.id}/messages", body))[0] == 200
