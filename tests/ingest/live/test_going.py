"""What is deleted while the bot listens goes all the way, at once; what is only out of sight stays."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from pydantic import JsonValue

from tests.fakes.discord import FakeDiscord, World, status
from tests.ingest.live.desk import CHANNEL, MESSAGES, Desk
from tests.ingest.live.listening import heard, listening, settled
from threadlore.ingest.sources.discord_live.community import LiveDiscord
from threadlore.runs import RunLog


def test_a_channel_deleted_live_goes_with_all_that_was_in_it(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, forum, ada = guild.text("general"), guild.forum("help"), guild.member("ada")
    kept = guild.text("kept").post(ada, "stays")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        await live.sync()
        chat.post(ada, "said live").start_thread("etcd again").post(ada, "inside")
        forum.ask(ada, "title", "text").post(ada, "more")
        await settled(fake, live)
        assert len(desk.texts()) == 5
        chat.delete()
        forum.delete()
        assert (await settled(fake, live)).deleted == 5
        assert set(desk.texts()) == {str(kept.id)} and desk.threads() == {}
        assert [channel.name for channel in desk.records.channels()] == ["kept"]
        assert (await live.sync()).skipped == ()

    heard(desk, scene)


def test_a_channel_said_to_be_deleted_stays_while_the_bot_is_only_refused(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        chat.post(ada, "still here")
        await settled(fake, live)
        told: dict[str, JsonValue] = {"id": str(chat.id), "guild_id": str(guild.id), "type": 0}
        await live.event("CHANNEL_DELETE", told)
        await live.flush()
        assert list(desk.texts().values()) == ["still here"], "it is in the server's list"
        del guild.channels[chat.id]
        fake.faults.script(CHANNEL, status(403), channel_id=chat.id)
        await live.event("CHANNEL_DELETE", told)
        await live.flush()
        assert list(desk.texts().values()) == ["still here"]

    heard(desk, scene)


def test_a_channel_of_which_nothing_is_stored_may_go_unasked(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        chat.post(ada, "stays")
        guild.voice("lounge").delete()
        assert (await settled(fake, live)).added == 1
        assert fake.count(CHANNEL) == 0

    heard(desk, scene)


def test_what_was_heard_in_a_channel_that_went_while_nobody_listened_goes(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        chat.post(ada, "said live")
        await settled(fake, live)

    heard(desk, scene)
    chat.delete()
    assert desk.sync().stage.counts["channels deleted"] == 1 and desk.texts() == {}


def test_what_is_deleted_goes_at_once_however_long_a_catch_up_takes(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, forum, ada = guild.text("general"), guild.forum("help"), guild.member("ada")
    other = guild.text("other")
    opener = chat.post(ada, "etcd again")
    branch, post = opener.start_thread("etcd again"), forum.ask(ada, "title", "text")
    branch.post(ada, "inside")
    said = chat.post(ada, "gone soon")
    other.post(ada, "in a channel")
    desk.sync()
    late, ended, release = chat.post(ada, "read just before"), asyncio.Event(), asyncio.Event()

    async def drain(log: RunLog | None) -> dict[str, int]:
        ended.set()
        await release.wait()
        return {}

    async def run() -> None:
        async with listening(desk, drain, gather_s=0.01) as (fake, live):
            fake.after(MESSAGES, late.delete, channel_id=chat.id)
            catching_up = asyncio.create_task(live.sync())
            await ended.wait()
            for gone in (said, branch, post, other):
                gone.delete()
            await fake.until(
                lambda: set(desk.texts()) == {str(opener.id)} and desk.threads() == {}, within_s=120
            )
            assert not catching_up.done(), "it holds its turn all the while"
            release.set()
            await catching_up
            await live.flush()
            assert set(desk.texts()) == {str(opener.id)} and desk.threads() == {}
            chat.post(ada, "and life goes on")
            await settled(fake, live)
            assert len(desk.texts()) == 2

    asyncio.run(run())


def test_what_cannot_be_stored_at_all_takes_no_deletion_along(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        said = chat.post(ada, "gone soon")
        await settled(fake, live)
        forbid = "CREATE TRIGGER broken BEFORE DELETE ON messages BEGIN SELECT raise(ABORT, 'broken'); END"
        desk.records.database.execute(forbid)
        said.delete()
        with pytest.raises(sqlite3.DatabaseError):
            await settled(fake, live)
        desk.records.database.execute("DROP TRIGGER broken")
        await live.flush()
        assert desk.texts() == {}

    heard(desk, scene)
