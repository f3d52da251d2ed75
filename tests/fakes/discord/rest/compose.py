"""Request bodies turned into messages: embeds, components and files as Discord writes them back."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord.channels import Channel, Thread
from tests.fakes.discord.flags import MessageFlag, MessageType
from tests.fakes.discord.interactions import components
from tests.fakes.discord.messages import Attachment, Message
from tests.fakes.discord.people import User
from tests.fakes.discord.rest.call import Call

Json = dict[str, Any]

SETTABLE = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.EPHEMERAL | MessageFlag.COMPONENTS_V2 | (1 << 12)


_SELECT: Json = {"min_values": 1, "max_values": 1}
_FILLED_IN: dict[int, Json] = {
    3: _SELECT,
    5: _SELECT,
    6: _SELECT,
    7: _SELECT,
    8: _SELECT,
    14: {"spacing": 1, "divider": True},
    17: {"accent_color": None, "spoiler": False},
}
"""What Discord fills in where a request leaves it out, by type of component."""
_SELECTS = {3, 5, 6, 7, 8}


def compose(
    call: Call,
    place: Channel | Thread,
    author: User,
    body: Json,
    *,
    kind: MessageType = MessageType.DEFAULT,
) -> Message:
    """Return a new message of a request's body; it is not in the place yet."""
    world = call.world
    return Message(
        id=world.ids.mint(),
        place=place,
        author=author,
        content=body.get("content") or "",
        created_at=world.clock.now(),
        type=kind,
        flags=MessageFlag((body.get("flags") or 0) & SETTABLE),
        attachments=_attachments(call),
        embeds=tuple(_embed(embed) for embed in body.get("embeds") or ()),
        components=numbered(body.get("components") or ()),
        nonce=body.get("nonce"),
    )


def amend(call: Call, message: Message, body: Json) -> None:
    """Change a message as a request's body says; what the body leaves out stays."""
    if "content" in body:
        message.content = body["content"] or ""
    if "embeds" in body:
        message.embeds = tuple(_embed(embed) for embed in body["embeds"] or ())
    if "components" in body:
        message.components = numbered(body["components"] or ())
    if "attachments" in body or call.uploads:
        kept = {str(one["id"]) for one in body.get("attachments") or ()}
        message.attachments = (
            *(one for one in message.attachments if str(one.id) in kept),
            *_attachments(call),
        )
    if body.get("flags") is not None:
        message.flags = (message.flags & ~MessageFlag.SUPPRESS_EMBEDS) | MessageFlag(
            body["flags"] & (MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2)
        )


def numbered(rows: Any) -> tuple[Json, ...]:
    """Return components with an id each, as Discord gives those that have none."""
    copied = tuple(_without_nulls(row) for row in rows)
    for number, component in enumerate(components(copied), start=1):
        if not component.get("id"):
            component["id"] = number
        for key, value in _FILLED_IN.get(component["type"], {}).items():
            component.setdefault(key, value)
        if component["type"] in _SELECTS:  # meant for modals alone
            component.pop("required", None)
    return copied


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _embed(embed: Json) -> Json:
    written = _without_nulls(embed)
    written["type"] = "rich"
    for one in written.get("fields", ()):
        one.setdefault("inline", False)
    return dict(written)


def _attachments(call: Call) -> tuple[Attachment, ...]:
    return tuple(Attachment(call.world.ids.mint(), name, size, kind) for name, size, kind in call.uploads)
