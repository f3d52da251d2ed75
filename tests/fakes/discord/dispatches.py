"""Dispatches against Discord's specification, which has no gateway: the objects of the REST side in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.fakes.discord.validation import Specification

Json = dict[str, Any]

_WHOLE = {
    "MESSAGE_CREATE": "MessageResponse",
    "MESSAGE_UPDATE": "MessageResponse",
    "THREAD_CREATE": "ThreadResponse",
    "THREAD_UPDATE": "ThreadResponse",
    "CHANNEL_CREATE": "GuildChannelResponse",
    "CHANNEL_UPDATE": "GuildChannelResponse",
    "CHANNEL_DELETE": "GuildChannelResponse",
    "GUILD_CREATE": "GuildResponse",
    "GUILD_MEMBER_ADD": "GuildMemberResponse",
    "GUILD_MEMBER_UPDATE": "GuildMemberResponse",
}
"""Dispatches that are an object of the REST side, and its schema."""

_ADDED = {
    "MessageResponse": {"guild_id", "member", "channel_type"},
    "ThreadResponse": {"newly_created"},
    "GuildMemberResponse": {"guild_id", "permissions"},
    "GuildResponse": {
        "joined_at", "large", "unavailable", "member_count", "voice_states", "members", "channels", "threads",
        "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds",
    },
}  # fmt: skip
"""Keys that the gateway adds to an object of a schema."""


def dispatch_faults(specification: Specification, name: str, body: Json) -> list[str]:
    """Return what is wrong with the REST side's objects in a dispatch."""
    return [
        what for schema, thing in _things(name, body) for what in specification.object_faults(schema, thing)
    ]


def _things(name: str, body: Json) -> Iterator[tuple[str, Json]]:
    """Yield each object with its schema, without what the gateway adds."""
    if name in _WHOLE:
        yield _plain(_WHOLE[name], body)
    if name == "GUILD_CREATE":
        yield from (_plain("GuildChannelResponse", one) for one in body["channels"])
        yield from (_plain("ThreadResponse", one) for one in body["threads"])
        yield from (_plain("GuildMemberResponse", one) for one in body["members"])
    if name in {"INTERACTION_CREATE", "MESSAGE_REACTION_ADD"} and "member" in body:
        yield _plain("GuildMemberResponse", body["member"])
    if name == "INTERACTION_CREATE":
        resolved = body["data"].get("resolved", {}).get("messages", {})
        messages = [*resolved.values(), *([body["message"]] if "message" in body else [])]
        yield from (_plain("MessageResponse", one) for one in messages)


def _plain(schema: str, thing: Json) -> tuple[str, Json]:
    plain = {key: value for key, value in thing.items() if key not in _ADDED.get(schema, ())}
    if schema == "MessageResponse":
        plain["mentions"] = [{k: v for k, v in one.items() if k != "member"} for one in plain["mentions"]]
    return schema, plain
