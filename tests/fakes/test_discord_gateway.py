"""The fake's gateway: who may identify, what is replayed, how sessions end, what each client is told."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.fakes.discord import FakeDiscord, Intent, Permission, Specification, running
from tests.fakes.discord_clients import Town, bot, connected, ended_by, town


def listening(place: Town, heard: list[str]) -> discord.Client:
    """Return a client that writes down what it hears."""
    client = bot()

    @client.event
    async def on_message(message: discord.Message) -> None:
        heard.append(message.content)

    return client


def test_a_session_is_resumed_and_what_was_missed_is_replayed(
    discord_specification: Specification | None,
) -> None:
    place, heard = town(), list[str]()

    async def scene() -> None:
        client = listening(place, heard)
        async with connected(place, client, discord_specification) as fake:
            place.chat.post(place.ada, "before")
            await fake.settled()
            fake.gateway.drop(4000)
            await fake.until(lambda: not fake.gateway.connections)
            place.chat.post(place.ada, "meanwhile")
            await fake.until(lambda: fake.gateway.resumed == 1)
            await fake.settled()
            assert heard == ["before", "meanwhile"]
            assert len(fake.gateway.identified) == 1

    asyncio.run(scene())


@pytest.mark.parametrize("resumable", [True, False])
def test_an_invalid_session_resumes_or_identifies_again(
    resumable: bool, discord_specification: Specification | None
) -> None:
    place, heard = town(), list[str]()

    async def scene() -> None:
        client = listening(place, heard)
        async with connected(place, client, discord_specification) as fake:
            fake.gateway.invalidate(resumable=resumable)
            if resumable:
                await fake.until(lambda: fake.gateway.resumed == 1)
            else:
                await fake.until(lambda: len(fake.gateway.identified) == 2)
            await fake.settled()
            place.chat.post(place.ada, "still there")
            await fake.settled()
            assert heard == ["still there"]

    asyncio.run(scene())


def test_op_7_makes_the_client_resume(discord_specification: Specification | None) -> None:
    place = town()

    async def scene() -> None:
        async with connected(place, bot(), discord_specification) as fake:
            fake.gateway.ask_to_reconnect()
            await fake.until(lambda: fake.gateway.resumed == 1)

    asyncio.run(scene())


def test_a_token_that_turns_invalid_ends_the_client_with_4004() -> None:
    place = town()

    def renew(fake: FakeDiscord) -> None:
        place.world.token = "renewed"
        fake.gateway.drop(4000)

    error = asyncio.run(ended_by(place, renew))
    assert isinstance(error, discord.ConnectionClosed) and error.code == 4004


def test_an_intent_that_is_not_switched_on_closes_with_4014() -> None:
    place = town()
    place.world.privileges = Intent.NONE

    async def scene() -> None:
        async with FakeDiscord(place.world) as fake:
            with pytest.raises(discord.PrivilegedIntentsRequired):
                async with running(fake, bot()):
                    pass

    asyncio.run(scene())


def test_a_client_hears_only_what_its_intents_and_permissions_show(
    discord_specification: Specification | None,
) -> None:
    place, heard = town(), list[str]()
    hidden = place.guild.text("staff")
    hidden.hide()

    async def scene() -> None:
        client = bot(content=False, members=False)

        @client.event
        async def on_message(message: discord.Message) -> None:
            heard.append(f"{message.channel}: {message.content!r}")

        @client.event
        async def on_member_join(member: discord.Member) -> None:
            heard.append("a member")

        async with connected(place, client, discord_specification) as fake:
            hidden.post(place.ada, "staff only")
            place.chat.post(place.ada, "open")
            place.chat.post(place.ada, f"hello {place.world.bot.mention}")
            place.guild.member("eve")
            place.chat.deny(place.guild.everyone, Permission.VIEW_CHANNEL)
            place.chat.post(place.ada, "closed now")
            await fake.settled()
            assert heard == ["general: ''", f"general: 'hello {place.world.bot.mention}'"]

    asyncio.run(scene())


def test_threads_posts_and_reactions_are_told(discord_specification: Specification | None) -> None:
    place, heard = town(), list[str]()

    async def scene() -> None:
        client = listening(place, heard)

        @client.event
        async def on_thread_create(thread: discord.Thread) -> None:
            heard.append(f"new thread {thread.name}")

        @client.event
        async def on_raw_thread_update(payload: discord.RawThreadUpdateEvent) -> None:
            heard.append(f"thread archived: {payload.data['thread_metadata']['archived']}")

        @client.event
        async def on_raw_thread_delete(payload: discord.RawThreadDeleteEvent) -> None:
            heard.append(f"thread gone from {payload.parent_id}")

        @client.event
        async def on_raw_reaction_add(payload: discord.RawReactionActionEvent) -> None:
            heard.append(f"{payload.emoji} by {payload.user_id}")

        @client.event
        async def on_raw_bulk_message_delete(payload: discord.RawBulkMessageDeleteEvent) -> None:
            heard.append(f"{len(payload.message_ids)} gone")

        async with connected(place, client, discord_specification) as fake:
            thread = place.forum.ask(place.ada, "title", "starter")
            await fake.settled()
            thread.messages[thread.id].react(place.ada, "✅")
            more = [thread.post(place.ada, "a"), thread.post(place.ada, "b")]
            await fake.settled()
            thread.delete_messages(more)
            thread.archive()
            thread.delete()
            await fake.settled()
            assert heard == [
                "new thread title",
                "starter",
                f"✅ by {place.ada.id}",
                "a",
                "b",
                "2 gone",
                "thread archived: True",
                f"thread gone from {place.forum.id}",
            ]

    asyncio.run(scene())


def test_a_malformed_event_ends_discord_py() -> None:
    error = asyncio.run(ended_by(town(), lambda fake: fake.gateway.send_raw("MESSAGE_CREATE", {"id": "1"})))
    assert isinstance(error, KeyError)


def test_a_first_connection_that_is_refused_ends_discord_py() -> None:
    place = town()

    async def scene() -> None:
        async with FakeDiscord(place.world) as fake:
            fake.gateway.refuse = 2  # aiohttp repeats the handshake once by itself
            client = bot()
            with pytest.raises((AttributeError, aiohttp.ClientError)):
                async with running(fake, client):
                    pass

    asyncio.run(scene())


@pytest.mark.parametrize("compress", ["", "&compress=zlib-stream"])
def test_frames_are_raw_or_one_zlib_stream(compress: str) -> None:
    place = town()

    async def scene() -> None:
        async with (
            FakeDiscord(place.world) as fake,
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{fake.gateway_url}?v=10&encoding=json{compress}") as socket,
        ):
            first = await socket.receive()
            assert first.type is (aiohttp.WSMsgType.BINARY if compress else aiohttp.WSMsgType.TEXT)
            await socket.send_json({"op": 3, "d": {}})
            last = await socket.receive()
            assert (last.type, last.data) == (aiohttp.WSMsgType.CLOSE, 4003)

    asyncio.run(scene())


def test_an_outage_of_the_guild_and_its_return(discord_specification: Specification | None) -> None:
    place, heard = town(), list[str]()

    async def scene() -> None:
        client = bot()

        @client.event
        async def on_guild_unavailable(guild: discord.Guild) -> None:
            heard.append("down")

        @client.event
        async def on_guild_available(guild: discord.Guild) -> None:
            heard.append("up")

        @client.event
        async def on_guild_remove(guild: discord.Guild) -> None:
            heard.append("removed")

        async with connected(place, client, discord_specification) as fake:
            place.guild.go_down()
            place.guild.come_back()
            await fake.settled()
            place.guild.kick_bot()
            await fake.settled()
            assert heard[-3:] == ["down", "up", "removed"]

    asyncio.run(scene())


def test_more_than_120_sends_a_minute_close_with_4008() -> None:
    place = town()

    async def scene() -> None:
        async with (
            FakeDiscord(place.world) as fake,
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{fake.gateway_url}?v=10&encoding=json") as socket,
        ):
            for _ in range(121):
                await socket.send_json({"op": 1, "d": None})
            kinds = [(await socket.receive()) for _ in range(122)]
            assert (kinds[-1].type, kinds[-1].data) == (aiohttp.WSMsgType.CLOSE, 4008)

    asyncio.run(scene())


def test_members_are_sent_when_they_are_asked_for(discord_specification: Specification | None) -> None:
    place = town()
    for number in range(1500):
        place.guild.member(f"member{number}")

    async def scene() -> None:
        client = bot()
        async with connected(place, client, discord_specification):
            guild = client.guilds[0]
            await guild.chunk()
            assert len(guild.members) == 1503
            assert [one.name for one in await guild.query_members("ada")] == ["ada"]

    asyncio.run(scene())
