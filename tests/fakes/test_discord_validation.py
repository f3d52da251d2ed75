"""Broken payloads are caught: requests, answers and dispatches, by specification and by documented limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.discord import FakeDiscord, Specification, World, payloads, running
from tests.fakes.discord.rest.call import ROUTES
from tests.fakes.discord_clients import ask, bot, town

Json = dict[str, Any]
MESSAGES = "/channels/{channel_id}/messages"
SAFE: Json = {"allowed_mentions": {"parse": []}}


@pytest.fixture
def known(discord_specification: Specification | None) -> Specification:
    if discord_specification is None:
        pytest.skip("Discord's specification (THREADLORE_SHARED/knowledge) is not on this machine")
    return discord_specification


def a_message() -> Json:
    place = town()
    message = place.chat.post(place.ada, "hello")
    message.react(place.ada, "✅")
    return payloads.message(message, content=True)


BREAKAGES: dict[str, Callable[[Json], Any]] = {
    "a key is missing": lambda body: body.pop("edited_timestamp"),
    "an undeclared key": lambda body: body.update(surprise=1),
    "an undeclared key inside": lambda body: body["author"].update(surprise=1),
    "an undeclared key in a list": lambda body: body["reactions"][0]["emoji"].update(surprise=1),
    "an id as a number": lambda body: body.update(id=5),
    "a kind that does not exist": lambda body: body.update(type=99),
    "a time without a zone": lambda body: body.update(timestamp="2026-01-01T00:00:00"),
    "text as a number": lambda body: body.update(content=7),
    "a component of no known kind": lambda body: body.update(components=[{"type": 99, "id": 1}]),
    "flags too large": lambda body: body.update(flags=1 << 40),
}


def test_the_fakes_own_message_fits(known: Specification) -> None:
    assert known.object_faults("MessageResponse", a_message()) == []


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_answer_is_caught(breakage: str, known: Specification) -> None:
    body = a_message()
    BREAKAGES[breakage](body)
    assert known.answer_faults("GET", MESSAGES, 200, [body])
    assert known.object_faults("MessageResponse", body)


def test_answers_of_undeclared_kinds_are_caught(known: Specification) -> None:
    assert known.answer_faults("GET", MESSAGES, 302, None)
    assert known.answer_faults("DELETE", MESSAGES + "/{message_id}", 204, {"left": "over"})
    assert known.answer_faults("GET", MESSAGES, 404, {"message": "no code"})
    assert known.answer_faults("GET", MESSAGES, 404, {"message": "m", "code": 1, "surprise": 1})
    assert known.answer_faults("GET", MESSAGES, 429, {"message": "m", "code": 0, "global": "no"})


@pytest.mark.parametrize(
    ("query", "body", "method"),
    [
        ({"limit": "101"}, None, "GET"),
        ({"limit": "many"}, None, "GET"),
        ({"before": "yesterday"}, None, "GET"),
        ({"surprise": "1"}, None, "GET"),
        ({}, {"content": "x"}, "GET"),
        ({}, {"content": 5}, "POST"),
        ({}, {"content": "x", "surprise": 1}, "POST"),
        ({}, {"embeds": [{"title": "x", "surprise": 1}]}, "POST"),
        ({}, {"allowed_mentions": {"parse": ["nobody"]}}, "POST"),
        ({}, {"components": [{"type": 1, "components": [{"type": 2, "style": 9}]}]}, "POST"),
        ({}, {"message_reference": {"message_id": "not an id"}}, "POST"),
    ],
)
def test_a_broken_request_is_caught(
    query: dict[str, str], body: Any, method: str, known: Specification
) -> None:
    assert known.request_faults(method, MESSAGES, query, body)


def test_ids_in_requests_may_be_numbers(known: Specification) -> None:
    assert known.request_faults("POST", MESSAGES, {}, {"message_reference": {"message_id": 5}}) == []


def test_every_route_of_the_fake_is_one_of_discords(known: Specification) -> None:
    assert [route for route in ROUTES if not known.knows(*route)] == []


def test_a_broken_dispatch_fails_the_test(known: Specification) -> None:
    place = town()

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=known) as fake, running(fake, bot()):
            place.chat.post(place.ada, "x", embeds=[{"title": "no type"}])
            await fake.settled()

    with pytest.raises(AssertionError, match="dispatch MESSAGE_CREATE"):
        asyncio.run(scene())


def test_an_undeclared_key_in_a_request_is_refused_and_fails_the_test(known: Specification) -> None:
    place = town()

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=known) as fake:
            path = f"/channels/{place.chat.id}/messages"
            status, body, _ = await ask(fake, "POST", path, {"content": "x", "surprise": 1, **SAFE})
            assert (status, body["code"]) == (400, 50035)
            assert not place.chat.messages

    with pytest.raises(AssertionError, match="surprise"):
        asyncio.run(scene())


def fields(count: int, size: int = 1) -> list[Json]:
    return [{"name": "n", "value": "v" * size} for _ in range(count)]


def buttons(count: int) -> Json:
    return {
        "type": 1,
        "components": [{"type": 2, "style": 1, "label": "b", "custom_id": f"{n}"} for n in range(count)],
    }


TOO_MUCH: dict[str, Json] = {
    "content": {"content": "x" * 2001},
    "nonce": {"content": "x", "nonce": "n" * 26},
    "embeds": {"embeds": [{"title": "x"}] * 11},
    "embed title": {"embeds": [{"title": "x" * 257}]},
    "embed description": {"embeds": [{"description": "x" * 4097}]},
    "embed fields": {"embeds": [{"title": "x", "fields": fields(26)}]},
    "embed field value": {"embeds": [{"fields": fields(1, 1025)}]},
    "embed footer": {"embeds": [{"footer": {"text": "x" * 2049}}]},
    "all embeds together": {"embeds": [{"description": "x" * 3001}] * 2},
    "rows": {"content": "x", "components": [buttons(1)] * 6},
    "buttons in a row": {"content": "x", "components": [buttons(6)]},
    "custom id": {"content": "x", "components": [{"type": 1, "components": [
        {"type": 2, "style": 1, "label": "b", "custom_id": "c" * 101}]}]},
    "custom id twice": {"content": "x", "components": [buttons(1), buttons(1)]},
    "a button that leads nowhere": {"content": "x", "components": [{"type": 1, "components": [
        {"type": 2, "style": 1, "label": "b"}]}]},
    "a button without a face": {"content": "x", "components": [{"type": 1, "components": [
        {"type": 2, "style": 1, "custom_id": "b"}]}]},
    "a link that is none": {"embeds": [{"title": "x", "url": "javascript:alert(1)"}]},
    "an empty field": {"embeds": [{"fields": [{"name": " ", "value": "v"}]}]},
    "only blanks": {"content": " \n "},
    "nothing at all": {},
    "v2 beside content": {"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "y"}]},
    "v2 components": {"flags": 1 << 15, "components": [{"type": 10, "content": "y"}] * 41},
}  # fmt: skip


@pytest.mark.parametrize("limit", TOO_MUCH)
def test_what_is_over_a_limit_is_refused_and_fails_the_test(limit: str) -> None:
    place = town()

    async def scene() -> None:
        async with FakeDiscord(place.world) as fake:
            body = {**TOO_MUCH[limit], **SAFE}
            with fake.tolerating() as seen:
                assert (await ask(fake, "POST", f"/channels/{place.chat.id}/messages", body))[0] == 400
            assert seen
            assert not place.chat.messages

    asyncio.run(scene())


def test_what_is_just_inside_the_limits_is_taken(discord_specification: Specification | None) -> None:
    place = town()
    body = {
        "content": "x" * 2000,
        "embeds": [{"description": "x" * 4096, "fields": fields(25)}],
        "components": [buttons(5)],
        "nonce": "n" * 25,
        **SAFE,
    }
    plain = {"flags": 1 << 15, "components": [{"type": 10, "content": "y"}] * 40, **SAFE}

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=discord_specification) as fake:
            for one in (body, plain):
                assert (await ask(fake, "POST", f"/channels/{place.chat.id}/messages", one))[0] == 200

    asyncio.run(scene())


@pytest.mark.parametrize(
    "allowed",
    [
        {},
        {"allowed_mentions": {"parse": ["everyone"]}},
        {"allowed_mentions": {"parse": [], "users": ["5"]}},
        {"allowed_mentions": {"parse": [], "replied_user": True}},
        {"allowed_mentions": {"roles": []}},
    ],
)
def test_a_message_that_could_ping_fails_the_test(allowed: Json) -> None:
    place = town()

    async def scene() -> None:
        async with FakeDiscord(place.world) as fake:
            path = f"/channels/{place.chat.id}/messages"
            assert (await ask(fake, "POST", path, {"content": "hello", **allowed}))[0] == 200

    with pytest.raises(AssertionError, match="could ping"):
        asyncio.run(scene())


def test_a_route_that_the_fake_lacks_fails_the_test() -> None:
    async def scene() -> None:
        async with FakeDiscord(World()) as fake:
            assert (await ask(fake, "GET", "/voice/regions"))[0] == 404

    with pytest.raises(AssertionError, match="no such route"):
        asyncio.run(scene())
