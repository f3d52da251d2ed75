"""Live events, as a real client of Discord hears them, and the catch-up of a bot."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.discord import FakeDiscord, World, status
from tests.fakes.discord.flags import Permission
from tests.ingest.live.desk import ARCHIVED, CHANNEL, MESSAGES, Desk, closed_posts
from tests.ingest.live.listening import heard, settled
from threadlore.errors import Retry
from threadlore.ingest.sources.discord_live.community import MOST_WAITING, MUCH, LiveDiscord, gathered
from threadlore.ingest.sources.discord_live.events import MESSAGES as MESSAGES_TAKEN
from threadlore.ingest.sources.discord_live.events import TAKEN, Event, paged
from threadlore.ingest.sources.discord_live.messages import PAGE

ONE = "GET /channels/{channel_id}/messages/{message_id}"


def test_what_is_said_live_is_stored_and_what_is_deleted_goes(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, forum, ada = guild.text("general"), guild.forum("help", "Solved"), guild.member("ada")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        said = [chat.post(ada, f"line {number}") for number in range(5)]
        post = forum.ask(ada, "Out of memory", "It dies.", tags=forum.tags)
        answer = post.post(ada, "more memory")
        assert (await settled(fake, live)).added == 7
        assert desk.threads()[str(post.id)]["tags"] == ["Solved"]
        said[0].edit("line zero")
        said[1].delete()
        chat.delete_messages(said[2:4])
        answer.react(ada, "✅")
        caught = await settled(fake, live)
        assert caught.deleted == 3 and caught.changed == 2
        expected = {str(post.id): "It dies.", str(answer.id): "more memory"}
        expected |= {str(said[0].id): "line zero", str(said[4].id): "line 4"}
        assert desk.texts() == expected and desk.rows()[str(answer.id)]["marks"]["solved"] == 1
        post.delete()
        assert (await settled(fake, live)).deleted == 2 and desk.threads() == {}
        assert MESSAGES not in {one.route for one in fake.rest.asked}

    heard(desk, scene)


def test_much_that_is_said_at_once_comes_in_as_it_stands_at_the_end(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        said = [chat.post(ada, f"line {number}") for number in range(250)]
        for number, one in enumerate(said[::5]):
            one.edit(f"first thought again {number}")
            one.edit(f"a second thought {number}")
        said[7].delete()
        said[-1].react(ada, "✅")
        await settled(fake, live)
        assert desk.texts() == {str(one.id): one.content for one in said if one is not said[7]}

    heard(desk, scene)


EVENTS = st.lists(st.tuples(st.sampled_from(sorted(TAKEN)), st.integers(0, 300)), max_size=400)


@given(EVENTS)
def test_events_keep_their_order_and_no_page_speaks_twice_of_a_message(drawn: list[tuple[str, int]]) -> None:
    events = [Event(name, {"id": str(key)}, datetime.now(UTC)) for name, key in drawn]
    pages = list(paged(events))
    assert [event for page in pages for event in page] == events
    for page in pages:
        ids = [event.data["id"] for event in page]
        assert len(page) == 1 or (len(page) <= PAGE and len(set(ids)) == len(ids))
        assert len(page) == 1 or {event.name for event in page} <= MESSAGES_TAKEN


def test_a_message_and_what_repeats_it_stand_on_pages_of_their_own() -> None:
    now = datetime.now(UTC)
    said = Event("MESSAGE_CREATE", {"id": "1"}, now)
    starter = Event("MESSAGE_CREATE", {"id": "2", "referenced_message": {"id": "1"}}, now)
    other = Event("MESSAGE_CREATE", {"id": "3"}, now)
    assert list(paged([said, starter, other])) == [[said], [starter, other]]


def test_the_same_comes_in_live_and_by_rest(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, forum, ada = guild.text("general"), guild.forum("help"), guild.member("ada", nick="Ada L.")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        asked = chat.post(ada, "how?")
        chat.post(guild.member("bob"), f"like this <@{ada.id}>", reply_to=asked)
        branch = chat.post(ada, "etcd again").start_thread("etcd again")
        branch.post(ada, "inside")
        forum.ask(ada, "title", "text").post(ada, "more")
        await settled(fake, live)
        before = desk.rows(), desk.threads()
        caught = await live.sync()
        assert (caught.added, caught.changed, caught.deleted) == (0, 0, 0)
        assert (desk.rows(), desk.threads()) == before

    heard(desk, scene)


def test_a_thread_met_before_a_catch_up_is_asked_for_once_after_it(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    forum, ada = guild.forum("help"), guild.member("ada")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        post = forum.ask(ada, "title", "text")
        await settled(fake, live)
        await live.sync()
        for number in range(2):
            post.post(ada, f"line {number}")
            assert (await settled(fake, live)).added == 1
        assert fake.count(CHANNEL, channel_id=post.id) == 1
        assert {row["thread_id"].rpartition("/")[2] for row in desk.rows().values()} == {str(post.id)}

    heard(desk, scene)


def test_a_catch_up_brings_what_was_missed(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, forum, ada = guild.text("general"), guild.forum("help"), guild.member("ada")
    kept, gone = chat.post(ada, "kept"), chat.post(ada, "gone")
    old = forum.ask(ada, "old", "text")
    old.archive()
    desk.sync()
    gone.delete()
    old.post(ada, "one more thing")
    missed = chat.post(ada, "missed")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        caught = await live.sync()
        assert (caught.added, caught.deleted) == (2, 1)
        assert {str(kept.id), str(missed.id)} <= desk.texts().keys()
        assert (await live.sync([str(forum.id)])).added == 0
        assert fake.count(MESSAGES, channel_id=chat.id) == 1

    heard(desk, scene)


def test_private_places_stay_out_and_a_channel_that_closes_is_hidden_at_once(
    world: World, desk: Desk
) -> None:
    guild = world.guild("Community", permissions=Permission.ADMINISTRATOR)
    staff, chat, ada = guild.text("staff"), guild.text("general"), guild.member("ada")
    staff.hide()

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        staff.post(ada, "the roadmap")
        room = chat.open_thread("incident", ada, private=True)
        room.post(ada, "what happened")
        chat.post(ada, "hello")
        await settled(fake, live)
        talk = chat.open_thread("talk", ada)
        talk.post(ada, "in the open")
        await settled(fake, live)
        assert set(desk.texts().values()) == {"hello", "in the open"}
        chat.hide()
        await settled(fake, live)
        (channel,) = [one for one in desk.records.channels() if one.name == "general"]
        assert channel.visibility == "private"
        chat.post(ada, "among us")
        talk.post(ada, "among us in the thread")
        await settled(fake, live)
        assert set(desk.texts().values()) == {"hello", "in the open"}

    heard(desk, scene)


def test_what_makes_no_sense_and_other_guilds_are_passed_over(world: World, desk: Desk) -> None:
    guild, other = world.guild("Community"), world.guild("Elsewhere")
    chat, ada = guild.text("general"), guild.member("ada")
    away = other.text("general")
    desk.settings["discord_guild"] = str(guild.id)

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        away.post(other.member("eve"), "not here")
        ours = {"guild_id": str(guild.id)}
        for data in ({}, ours, ours | {"channel_id": [], "id": {}, "ids": [{}, None], "parent_id": chat.id}):
            for name in ("MESSAGE_CREATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK", "THREAD_DELETE"):
                await live.event(name, data)  # type: ignore[arg-type]
            await live.event("MESSAGE_REACTION_ADD", data)  # type: ignore[arg-type]
        chat.post(ada, "here")
        await settled(fake, live)
        assert list(desk.texts().values()) == ["here"]

    heard(desk, scene)


def test_events_wait_while_discord_does_not_answer(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        fake.rest.faults.script("GET /guilds/{guild_id}", status(503), times=6)
        gone = chat.post(ada, "gone")
        chat.post(ada, "hello")
        gone.delete()
        await fake.settled()
        with pytest.raises(Retry):
            await live.flush()
        assert desk.texts() == {}
        await live.flush()
        assert list(desk.texts().values()) == ["hello"]

    heard(desk, scene)


def test_closing_places_are_heard_however_much_waits(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        chat.post(ada, "hello")
        await settled(fake, live)
        said = {"guild_id": str(guild.id), "channel_id": str(chat.id), "id": "no id"}
        for _ in range(MOST_WAITING):
            await live.event("MESSAGE_CREATE", said)
        chat.hide()
        await settled(fake, live)
        (channel,) = desk.records.channels()
        assert channel.visibility == "private"

    heard(desk, scene)


def test_the_first_catch_up_and_one_a_day_list_every_thread(world: World, desk: Desk) -> None:
    forum = world.guild("Community").forum("help")
    ada = forum.guild.member("ada")
    closed_posts(forum, ada, 130)

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        pages = []
        for hours in (0, 1, 25):
            desk.clock.ahead = timedelta(hours=hours)
            before = fake.count(ARCHIVED)
            await live.sync()
            pages.append(fake.count(ARCHIVED) - before)
        assert pages == [3, 1, 3]

    heard(desk, scene)


def test_much_that_waits_is_stored_without_the_whole_pause() -> None:
    gathering, counted = iter([1, MUCH - 1, MUCH]), list[int]()

    def waiting() -> int:
        counted.append(next(gathering))
        return counted[-1]

    asyncio.run(gathered(waiting, pause_s=3600.0, step_s=0.0))
    assert counted == [1, MUCH - 1, MUCH]
