"""Routes of channels: one channel, changes to it, its overwrites, the sign that one is typing."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord import limits, payloads
from tests.fakes.discord.channels import Channel, Thread
from tests.fakes.discord.clock import stamp
from tests.fakes.discord.errors import missing_permissions, unknown
from tests.fakes.discord.flags import Permission
from tests.fakes.discord.rest.call import Call, Reply, route

CHANNEL = "/channels/{channel_id}"


@route("GET", CHANNEL)
def one(call: Call) -> Reply:
    """Return a channel or thread."""
    return Reply(200, payloads.place(call.place()))


@route("PATCH", CHANNEL)
def change(call: Call) -> Reply:
    """Change a thread's state, name or tags, or a channel's name, topic or overwrites."""
    place = call.place()
    if isinstance(place, Thread):
        _change_thread(call, place)
    else:
        if not call.granted(place) & Permission.MANAGE_CHANNELS:
            raise missing_permissions()
        place.topic = call.body.get("topic", place.topic)
        place.rename(call.body.get("name") or place.name)
    return Reply(200, payloads.place(place))


def _change_thread(call: Call, thread: Thread) -> None:
    body: dict[str, Any] = call.body
    own = thread.owner is call.world.bot
    if not own and not call.granted(thread) & Permission.MANAGE_THREADS:
        raise missing_permissions()
    if body.get("name"):
        limits.check_thread_name(body["name"])
        thread.name = body["name"]
    if "applied_tags" in body:
        wanted = {str(tag) for tag in body["applied_tags"] or ()}
        thread.applied_tags = [tag for tag in thread.parent.tags if str(tag.id) in wanted]
    if body.get("auto_archive_duration"):
        thread.auto_archive_minutes = body["auto_archive_duration"]
    if body.get("locked") is not None:
        thread.locked = body["locked"]
    if body.get("archived") is not None and body["archived"] != thread.archived:
        thread.archived = body["archived"]
        thread.archive_timestamp = call.world.clock.now()
    call.world.events.thread_updated(thread)


@route("DELETE", CHANNEL)
def delete(call: Call) -> Reply:
    """Delete a channel or thread."""
    place = call.place()
    needed = Permission.MANAGE_THREADS if isinstance(place, Thread) else Permission.MANAGE_CHANNELS
    if not call.granted(place) & needed:
        raise missing_permissions()
    body = payloads.place(place)
    place.delete()
    return Reply(200, body)


@route("PUT", CHANNEL + "/permissions/{overwrite_id}")
def set_overwrite(call: Call) -> Reply:
    """Set an overwrite of a channel."""
    channel = _channel(call)
    target_id = call.id("overwrite_id")
    target = channel.guild.roles.get(target_id) or channel.guild.members.get(target_id)
    if target is None:
        raise unknown("Role")
    allow = Permission(int(call.body.get("allow") or 0))
    channel.overwrite(target, allow, Permission(int(call.body.get("deny") or 0)))
    return Reply()


@route("DELETE", CHANNEL + "/permissions/{overwrite_id}")
def drop_overwrite(call: Call) -> Reply:
    """Remove an overwrite of a channel."""
    channel = _channel(call)
    channel.overwrites.pop(call.id("overwrite_id"), None)
    call.world.events.channel_updated(channel)
    return Reply()


def _channel(call: Call) -> Channel:
    place = call.place(Permission.MANAGE_ROLES)
    if isinstance(place, Thread):
        raise unknown("Channel")
    return place


@route("POST", CHANNEL + "/typing")
def typing(call: Call) -> Reply:
    """Show that the bot is typing."""
    place = call.place()
    call.world.typing.append((place, stamp(call.world.clock.now()) or ""))
    return Reply()
