"""The fake's REST side keeps Discord's rules of pages, permissions, intents and threads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.fakes.discord import FakeDiscord, Intent, Permission, Specification
from tests.fakes.discord_clients import Town, ask, town

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def visit(
    place: Town, specification: Specification | None, scene: Callable[[FakeDiscord], Awaitable[None]]
) -> None:
    """Serve the town for one scene."""

    async def run() -> None:
        async with FakeDiscord(place.world, specification=specification) as fake:
            await scene(fake)

    asyncio.run(run())


def contents(messages: list[dict[str, Any]]) -> list[str]:
    return [message["content"] for message in messages]


def test_pages_are_newest_first_and_after_gives_those_next_to_the_anchor(
    discord_specification: Specification | None,
) -> None:
    place = town()
    said = [place.chat.post(place.ada, str(n), at=NOON + timedelta(seconds=n)) for n in range(10)]

    async def scene(fake: FakeDiscord) -> None:
        route = f"/channels/{place.chat.id}/messages"
        _, newest, _ = await ask(fake, "GET", route, limit=3)
        _, before, _ = await ask(fake, "GET", route, limit=3, before=said[5].id)
        _, after, _ = await ask(fake, "GET", route, limit=3, after=said[2].id)
        _, around, _ = await ask(fake, "GET", route, limit=3, around=said[5].id)
        assert contents(newest) == ["9", "8", "7"]
        assert contents(before) == ["4", "3", "2"]
        assert contents(after) == ["5", "4", "3"]
        assert contents(around) == ["6", "5", "4"]
        with fake.tolerating() as seen:
            status, _, _ = await ask(fake, "GET", route, before=said[5].id, after=said[2].id)
            assert status == 400
        assert seen

    visit(place, discord_specification, scene)


def test_a_hidden_channel_is_refused_and_one_without_history_looks_empty(
    discord_specification: Specification | None,
) -> None:
    place = town()
    place.chat.post(place.ada, "hello")
    hidden = place.guild.text("staff")
    hidden.hide()
    place.chat.deny(place.guild.everyone, Permission.READ_MESSAGE_HISTORY)

    async def scene(fake: FakeDiscord) -> None:
        status, body, _ = await ask(fake, "GET", f"/channels/{hidden.id}/messages")
        assert (status, body["code"]) == (403, 50001)
        status, body, _ = await ask(fake, "GET", f"/channels/{place.chat.id}/messages")
        assert (status, body) == (200, [])
        status, body, _ = await ask(fake, "GET", f"/channels/{place.chat.id}/threads/archived/public")
        assert (status, body["code"]) == (403, 50013)
        status, body, _ = await ask(fake, "GET", "/channels/5")
        assert (status, body["code"]) == (404, 10003)
        hidden.allow(place.guild.me.roles[0], Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)
        status, body, _ = await ask(fake, "GET", f"/channels/{hidden.id}/messages")
        assert status == 200

    visit(place, discord_specification, scene)


def test_without_the_intent_content_is_empty_but_for_what_concerns_the_bot(
    discord_specification: Specification | None,
) -> None:
    place = town()
    place.world.privileges &= ~Intent.MESSAGE_CONTENT
    place.chat.post(place.ada, "secret")
    place.chat.post(place.ada, f"hi {place.world.bot.mention}")
    place.chat.post(place.world.bot, "mine")

    async def scene(fake: FakeDiscord) -> None:
        _, body, _ = await ask(fake, "GET", f"/channels/{place.chat.id}/messages")
        assert contents(body) == ["mine", f"hi {place.world.bot.mention}", ""]

    visit(place, discord_specification, scene)


def test_archived_threads_are_paged_by_archive_time(discord_specification: Specification | None) -> None:
    place = town()
    threads = [place.forum.ask(place.ada, f"post {n}", "text") for n in range(5)]
    for number, thread in enumerate(threads):
        thread.archive(at=NOON + timedelta(hours=number))
    threads[0].archive(at=NOON + timedelta(hours=9))

    async def scene(fake: FakeDiscord) -> None:
        route = f"/channels/{place.forum.id}/threads/archived/public"
        _, first, _ = await ask(fake, "GET", route, limit=2)
        assert [one["name"] for one in first["threads"]] == ["post 0", "post 4"]
        assert first["has_more"]
        edge = first["threads"][-1]["thread_metadata"]["archive_timestamp"]
        _, rest, _ = await ask(fake, "GET", route, before=edge)
        assert [one["name"] for one in rest["threads"]] == ["post 3", "post 2", "post 1"]
        assert not rest["has_more"]

    visit(place, discord_specification, scene)


def test_private_threads_need_manage_threads_or_membership(
    discord_specification: Specification | None,
) -> None:
    place = town()
    secret = place.chat.open_thread("secret", place.ada, private=True)
    secret.post(place.ada, "psst")
    old = place.chat.open_thread("old secret", place.ada, private=True)
    old.archive()

    async def scene(fake: FakeDiscord) -> None:
        archived = f"/channels/{place.chat.id}/threads/archived/private"
        assert (await ask(fake, "GET", f"/channels/{secret.id}/messages"))[0] == 403
        assert (await ask(fake, "GET", archived))[0] == 403
        _, active, _ = await ask(fake, "GET", f"/guilds/{place.guild.id}/threads/active")
        assert active["threads"] == []
        secret.join(place.guild.me)
        assert (await ask(fake, "GET", f"/channels/{secret.id}/messages"))[0] == 200
        place.guild.me.roles[0].grant(Permission.MANAGE_THREADS)
        _, body, _ = await ask(fake, "GET", archived)
        assert [one["name"] for one in body["threads"]] == ["old secret"]

    visit(place, discord_specification, scene)


def test_counts_of_a_thread_tell_deletions(discord_specification: Specification | None) -> None:
    place = town()
    thread = place.forum.ask(place.ada, "title", "starter")
    answers = [thread.post(place.ada, str(number)) for number in range(3)]
    answers[1].delete()

    async def scene(fake: FakeDiscord) -> None:
        _, body, _ = await ask(fake, "GET", f"/channels/{thread.id}")
        assert (body["message_count"], body["total_message_sent"]) == (2, 3)
        _, starter, _ = await ask(fake, "GET", f"/channels/{thread.id}/messages/{thread.id}")
        assert starter["content"] == "starter"

    visit(place, discord_specification, scene)


def test_threads_open_on_their_message_with_a_pointer_to_it(
    discord_specification: Specification | None,
) -> None:
    place = town()
    message = place.chat.post(place.ada, "question")
    thread = message.start_thread("side")
    thread.post(place.ada, "answer")

    async def scene(fake: FakeDiscord) -> None:
        _, body, _ = await ask(fake, "GET", f"/channels/{thread.id}/messages")
        assert thread.id == message.id
        assert [one["type"] for one in body] == [0, 21]
        assert body[1]["message_reference"]["message_id"] == str(message.id)
        _, parent, _ = await ask(fake, "GET", f"/channels/{place.chat.id}/messages/{message.id}")
        assert parent["thread"]["message_count"] == 1

    visit(place, discord_specification, scene)


def test_an_archived_thread_opens_on_a_message_and_refuses_reactions(
    discord_specification: Specification | None,
) -> None:
    place = town()
    thread = place.forum.ask(place.ada, "title", "starter")
    thread.archive()

    async def scene(fake: FakeDiscord) -> None:
        starter = f"/channels/{thread.id}/messages/{thread.id}"
        status, body, _ = await ask(fake, "PUT", f"{starter}/reactions/{quote('✅')}/@me")
        assert (status, body["code"]) == (400, 50083)
        text = {"content": "hello", "allowed_mentions": {"parse": []}}
        assert (await ask(fake, "POST", f"/channels/{thread.id}/messages", text))[0] == 200
        assert not thread.archived
        thread.archive(locked=True)
        status, body, _ = await ask(fake, "POST", f"/channels/{thread.id}/messages", text)
        assert (status, body["code"]) == (403, 160005)

    visit(place, discord_specification, scene)


def test_a_post_whose_first_message_is_late_cannot_be_answered_yet(
    discord_specification: Specification | None,
) -> None:
    place = town()
    thread = place.forum.ask(place.ada, "title", "starter", starter_later=True)

    async def scene(fake: FakeDiscord) -> None:
        text = {"content": "hello", "allowed_mentions": {"parse": []}}
        status, body, _ = await ask(fake, "GET", f"/channels/{thread.id}/messages/{thread.id}")
        assert (status, body["code"]) == (404, 10008)
        status, body, _ = await ask(fake, "POST", f"/channels/{thread.id}/messages", text)
        assert (status, body["code"]) == (403, 40058)
        thread.deliver_starter()
        assert (await ask(fake, "POST", f"/channels/{thread.id}/messages", text))[0] == 200

    visit(place, discord_specification, scene)


def test_a_wrong_token_is_refused_everywhere(discord_specification: Specification | None) -> None:
    place = town()

    async def scene(fake: FakeDiscord) -> None:
        for path in ("/users/@me", f"/channels/{place.chat.id}/messages"):
            status, _, _ = await ask(fake, "GET", path, token="another")
            assert status == 401
        assert fake.rest.invalid == 2

    visit(place, discord_specification, scene)


def test_pins_and_reactions_are_listed(discord_specification: Specification | None) -> None:
    place = town()
    first, second = place.chat.post(place.ada, "one"), place.chat.post(place.ada, "two")
    first.pin(at=NOON)
    second.pin(at=NOON + timedelta(hours=1))
    first.react(place.ada, "✅")

    async def scene(fake: FakeDiscord) -> None:
        _, pins, _ = await ask(fake, "GET", f"/channels/{place.chat.id}/messages/pins")
        assert [item["message"]["content"] for item in pins["items"]] == ["two", "one"]
        route = f"/channels/{place.chat.id}/messages/{first.id}"
        _, body, _ = await ask(fake, "GET", route)
        assert body["reactions"][0]["count"] == 1
        _, users, _ = await ask(fake, "GET", f"{route}/reactions/{quote('✅')}")
        assert [user["username"] for user in users] == ["ada"]

    visit(place, discord_specification, scene)


@pytest.mark.parametrize("permission", [Permission.SEND_MESSAGES, Permission.VIEW_CHANNEL])
def test_sending_needs_its_permission(
    permission: Permission, discord_specification: Specification | None
) -> None:
    place = town()
    place.chat.deny(place.guild.everyone, permission)

    async def scene(fake: FakeDiscord) -> None:
        text = {"content": "hello", "allowed_mentions": {"parse": []}}
        assert (await ask(fake, "POST", f"/channels/{place.chat.id}/messages", text))[0] == 403

    visit(place, discord_specification, scene)


def test_the_same_nonce_sends_once(discord_specification: Specification | None) -> None:
    place = town()

    async def scene(fake: FakeDiscord) -> None:
        text = {"content": "x", "nonce": "n1", "enforce_nonce": True, "allowed_mentions": {"parse": []}}
        for _ in range(2):
            assert (await ask(fake, "POST", f"/channels/{place.chat.id}/messages", text))[0] == 200
        assert len(place.chat.messages) == 1

    visit(place, discord_specification, scene)


def test_embeds_need_their_permission(discord_specification: Specification | None) -> None:
    place = town()
    place.chat.deny(place.guild.everyone, Permission.EMBED_LINKS)
    place.chat.deny(place.guild.me.roles[0], Permission.EMBED_LINKS)

    async def scene(fake: FakeDiscord) -> None:
        path = f"/channels/{place.chat.id}/messages"
        safe: dict[str, Any] = {"allowed_mentions": {"parse": []}}
        status, body, _ = await ask(fake, "POST", path, {"embeds": [{"title": "x"}], **safe})
        assert (status, body["code"]) == (403, 50013)
        assert (await ask(fake, "POST", path, {"content": "x", **safe}))[0] == 200

    visit(place, discord_specification, scene)


def test_forwards_stickers_webhooks_and_pins_are_messages_without_words_or_members(
    discord_specification: Specification | None,
) -> None:
    place = town()
    first = place.chat.post(place.ada, "pass this on")
    place.chat.forward(place.ada, first)
    place.chat.stick(place.ada, "wave")
    place.chat.post_by_webhook("news", "a release")
    first.pin(by=place.ada)

    async def scene(fake: FakeDiscord) -> None:
        _, body, _ = await ask(fake, "GET", f"/channels/{place.chat.id}/messages")
        pinned, hooked, stuck, forwarded, plain = body
        assert (pinned["type"], pinned["message_reference"]["message_id"]) == (6, plain["id"])
        assert (hooked["webhook_id"], hooked["author"]["bot"]) == (hooked["author"]["id"], True)
        assert (stuck["content"], stuck["sticker_items"][0]["name"]) == ("", "wave")
        assert forwarded["content"] == ""
        assert forwarded["message_snapshots"][0]["message"]["content"] == "pass this on"

    visit(place, discord_specification, scene)
