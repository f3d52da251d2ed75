"""Routes of messages: pages, one message, sending, editing, deleting, pins and reactions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import unquote

from tests.fakes.discord import limits, payloads
from tests.fakes.discord.channels import Channel, Thread
from tests.fakes.discord.clock import stamp
from tests.fakes.discord.errors import ApiError, missing_permissions
from tests.fakes.discord.flags import FORUMS, MessageType, Permission
from tests.fakes.discord.messages import Message
from tests.fakes.discord.rest.call import Call, Reply, route
from tests.fakes.discord.rest.compose import amend, compose

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
PINS = "/channels/{channel_id}/messages/pins"
REACTION = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}"


def shown(call: Call, message: Message) -> Reply:
    """Return a message as the bot may see it."""
    return Reply(200, payloads.message(message, content=call.world.sees_content))


@route("GET", PINS)
def pins(call: Call) -> Reply:
    """List pins, the newest pin first."""
    place = call.place()
    limit = call.limit(50, 50)
    pinned = sorted(
        ((m.pinned_at, m) for m in place.messages.values() if m.pinned_at is not None),
        key=lambda pair: pair[0],
        reverse=True,
    )
    before = call.query.get("before")
    if not call.granted(place) & Permission.READ_MESSAGE_HISTORY:
        pinned = []
    chosen = [(at, m) for at, m in pinned if before is None or (stamp(at) or "") < _utc(before)]
    items = [
        {"pinned_at": stamp(at), "message": payloads.message(m, content=call.world.sees_content)}
        for at, m in chosen[:limit]
    ]
    return Reply(200, {"items": items, "has_more": len(chosen) > limit})


@route("PUT", PINS + "/{message_id}")
def pin(call: Call) -> Reply:
    """Pin a message."""
    call.message(call.place(Permission.PIN_MESSAGES)).pin(by=call.world.bot)
    return Reply()


@route("DELETE", PINS + "/{message_id}")
def unpin(call: Call) -> Reply:
    """Take a pin off."""
    call.message(call.place(Permission.PIN_MESSAGES)).unpin()
    return Reply()


@route("GET", MESSAGES)
def page(call: Call) -> Reply:
    """List messages, newest first; nothing, and no error, without Read Message History."""
    place = call.place()
    anchors = {name: int(call.query[name]) for name in ("before", "after", "around") if name in call.query}
    if len(anchors) > 1:
        raise ApiError(400, 50035, "Invalid Form Body")
    limit = call.limit(50, 100)
    if not call.granted(place) & Permission.READ_MESSAGE_HISTORY:
        return Reply(200, [])
    content = call.world.sees_content
    return Reply(200, [payloads.message(m, content=content) for m in place.page(limit, **anchors)])


@route("GET", MESSAGE)
def one(call: Call) -> Reply:
    """Return one message."""
    return shown(call, call.message(call.place(Permission.READ_MESSAGE_HISTORY)))


@route("POST", MESSAGES)
def send(call: Call) -> Reply:
    """Send a message; the same nonce twice gives the first message again where it is enforced."""
    place = call.place()
    _may_write(call, place)
    body = call.body or {}
    limits.check_message(body, files=len(call.uploads))
    _may_hold(call, place, body)
    nonce = body.get("nonce")
    if body.get("enforce_nonce") and nonce is not None:
        for earlier in place.page(100):
            if earlier.nonce == nonce and earlier.author is call.world.bot:
                return shown(call, earlier)
    message = compose(call, place, call.world.bot, body)
    reference = body.get("message_reference")
    if reference:
        _point(call, message, reference)
    place.add(message)
    return shown(call, message)


def _may_write(call: Call, place: Channel | Thread) -> None:
    if place.type in FORUMS:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    in_thread = isinstance(place, Thread)
    needed = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
    granted = call.granted(place)
    if not granted & needed:
        raise missing_permissions()
    if isinstance(place, Thread):
        if place.locked and place.archived and not granted & Permission.MANAGE_THREADS:
            raise ApiError(403, 160005, "The thread is locked")
        if place.pending is not None:
            raise ApiError(
                403,
                40058,
                "Cannot message this thread until after the post author has sent an initial message.",
            )


def _may_hold(call: Call, place: Channel | Thread, body: dict[str, Any]) -> None:
    granted = call.granted(place)
    if body.get("embeds") and not granted & Permission.EMBED_LINKS:
        raise missing_permissions()
    if call.uploads and not granted & Permission.ATTACH_FILES:
        raise missing_permissions()


def _point(call: Call, message: Message, reference: dict[str, object]) -> None:
    target = message.place.messages.get(int(str(reference["message_id"])))
    if target is not None:
        if not call.granted(message.place) & Permission.READ_MESSAGE_HISTORY:
            raise ApiError(400, 160002, "Cannot reply without permission to read message history")
        message.reply_to, message.type = target, MessageType.REPLY
    elif reference.get("fail_if_not_exists", True):
        errors = {
            "message_reference": {
                "_errors": [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]
            }
        }
        raise ApiError(400, 50035, "Invalid Form Body", errors)


@route("PATCH", MESSAGE)
def edit(call: Call) -> Reply:
    """Edit one of the bot's own messages."""
    place = call.place()
    message = call.message(place)
    if message.author is not call.world.bot:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    _not_archived(place)
    limits.check_message(call.body, editing=message, files=len(call.uploads))
    amend(call, message, call.body)
    message.edited_at = call.world.clock.now()
    call.world.events.message_updated(message)
    return shown(call, message)


@route("DELETE", MESSAGE)
def delete(call: Call) -> Reply:
    """Delete a message; others' need Manage Messages."""
    place = call.place()
    message = call.message(place)
    if message.author is not call.world.bot and not call.granted(place) & Permission.MANAGE_MESSAGES:
        raise missing_permissions()
    message.delete()
    return Reply()


@route("POST", MESSAGES + "/bulk-delete")
def bulk_delete(call: Call) -> Reply:
    """Delete 2 to 100 messages at once."""
    place = call.place(Permission.MANAGE_MESSAGES)
    place.delete_messages([place.messages[int(i)] for i in call.body["messages"] if int(i) in place.messages])
    return Reply()


@route("PUT", REACTION + "/@me")
def react(call: Call) -> Reply:
    """Add the bot's reaction."""
    place = call.place(Permission.READ_MESSAGE_HISTORY)
    _not_archived(place)
    message = call.message(place)
    emoji = unquote(call.args["emoji_name"])
    if emoji not in message.reactions and not call.granted(place) & Permission.ADD_REACTIONS:
        raise missing_permissions()
    message.react(call.world.bot, emoji)
    return Reply()


@route("DELETE", REACTION + "/@me")
def unreact(call: Call) -> Reply:
    """Take the bot's reaction back."""
    place = call.place()
    _not_archived(place)
    call.message(place).unreact(call.world.bot, unquote(call.args["emoji_name"]))
    return Reply()


@route("GET", REACTION)
def reacted(call: Call) -> Reply:
    """List who reacted with an emoji, by id."""
    message = call.message(call.place(Permission.READ_MESSAGE_HISTORY))
    emoji = unquote(call.args["emoji_name"])
    if emoji not in message.reactions:
        raise ApiError(400, 10014, "Unknown Emoji")
    after = int(call.query.get("after", 0))
    users = sorted((user for user in message.reactions[emoji] if user.id > after), key=lambda user: user.id)
    return Reply(200, [payloads.user(user) for user in users[: call.limit(25, 100)]])


def _not_archived(place: Channel | Thread) -> None:
    if isinstance(place, Thread) and place.archived:
        raise ApiError(400, 50083, "Thread is archived")


def _utc(moment: str) -> str:
    try:
        return stamp(datetime.fromisoformat(moment)) or ""
    except ValueError:
        raise ApiError(400, 50035, "Invalid Form Body") from None
