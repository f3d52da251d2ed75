"""Routes of threads: lists of active and archived ones, opening, membership."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tests.fakes.discord import limits, payloads
from tests.fakes.discord.channels import Channel, Thread
from tests.fakes.discord.errors import ApiError, missing_permissions, unknown
from tests.fakes.discord.flags import FORUMS, ChannelType, Permission
from tests.fakes.discord.permissions import in_channel
from tests.fakes.discord.rest.call import Call, Reply, route
from tests.fakes.discord.rest.compose import compose

CHANNEL = "/channels/{channel_id}"


def listed(call: Call, threads: Iterable[Thread], *, has_more: bool = False) -> Reply:
    """Return a list of threads with the bot's memberships of them."""
    found = list(threads)
    me = call.world.bot.id
    return Reply(
        200,
        {
            "threads": [payloads.thread(one) for one in found],
            "members": [payloads.thread_member(one, me) for one in found if me in one.members],
            "has_more": has_more,
        },
    )


@route("GET", "/guilds/{guild_id}/threads/active")
def active(call: Call) -> Reply:
    """List all active threads that the bot can see, newest first."""
    guild = call.guild()
    threads = [one for one in guild.threads.values() if not one.archived and in_channel(guild.me, one)]
    found = sorted(threads, key=lambda one: one.id, reverse=True)
    reply = listed(call, found)
    return Reply(200, {key: reply.body[key] for key in ("threads", "members", "has_more")})


@route("GET", CHANNEL + "/threads/archived/public")
def archived_public(call: Call) -> Reply:
    """List archived public threads, last archived first."""
    channel = _parent(call, Permission.READ_MESSAGE_HISTORY)
    return _by_archive_time(call, [one for one in channel.threads if not one.private])


@route("GET", CHANNEL + "/threads/archived/private")
def archived_private(call: Call) -> Reply:
    """List archived private threads, last archived first; needs Manage Threads."""
    channel = _parent(call, Permission.READ_MESSAGE_HISTORY, Permission.MANAGE_THREADS)
    return _by_archive_time(call, [one for one in channel.threads if one.private])


@route("GET", CHANNEL + "/users/@me/threads/archived/private")
def joined_private(call: Call) -> Reply:
    """List archived private threads that the bot is in, by falling id."""
    channel = _parent(call, Permission.READ_MESSAGE_HISTORY)
    before = int(call.query.get("before", 1 << 63))
    me = call.world.bot.id
    found = [t for t in channel.threads if t.private and t.archived and me in t.members and t.id < before]
    limit = call.limit(100, 100, 2)
    found.sort(key=lambda one: one.id, reverse=True)
    return listed(call, found[:limit], has_more=len(found) > limit)


def _by_archive_time(call: Call, threads: Iterable[Thread]) -> Reply:
    limit = call.limit(100, 100, 2)
    found = [one for one in threads if one.archived]
    if "before" in call.query:
        try:
            edge = datetime.fromisoformat(call.query["before"])
        except ValueError:
            raise ApiError(400, 50035, "Invalid Form Body") from None
        found = [one for one in found if one.archive_timestamp < edge]
    found.sort(key=lambda one: (one.archive_timestamp, one.id), reverse=True)
    return listed(call, found[:limit], has_more=len(found) > limit)


def _parent(call: Call, *needed: Permission) -> Channel:
    place = call.place(*needed)
    if isinstance(place, Thread) or place.type not in {ChannelType.TEXT, ChannelType.ANNOUNCEMENT, *FORUMS}:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    return place


@route("POST", CHANNEL + "/messages/{message_id}/threads")
def open_on_message(call: Call) -> Reply:
    """Open a thread on a message."""
    place = call.place(Permission.CREATE_PUBLIC_THREADS)
    message = call.message(place)
    limits.check_thread_name(call.body["name"])
    if message.thread is not None:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    return Reply(201, payloads.thread(message.start_thread(call.body["name"], by=call.world.bot)))


@route("POST", CHANNEL + "/threads")
def open_thread(call: Call) -> Reply:
    """Open a thread of its own, or a post in a forum with its first message."""
    channel = _parent(call)
    limits.check_thread_name(call.body["name"])
    if channel.type in FORUMS:
        return _open_post(call, channel)
    private = call.body.get("type") == ChannelType.PRIVATE_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    if not call.granted(channel) & needed:
        raise missing_permissions()
    thread = channel.open_thread(call.body["name"], call.world.bot, private=private)
    return Reply(201, payloads.thread(thread))


def _open_post(call: Call, forum: Channel) -> Reply:
    if not call.granted(forum) & Permission.SEND_MESSAGES:
        raise missing_permissions()
    wanted = {str(tag) for tag in call.body.get("applied_tags") or ()}
    limits.check_message(call.body["message"], files=len(call.uploads))
    thread = forum.ask(call.world.bot, call.body["name"], "", starter_later=True)
    thread.applied_tags = [tag for tag in forum.tags if str(tag.id) in wanted]
    starter = compose(call, thread, call.world.bot, call.body["message"])
    starter.id = thread.id
    thread.pending = starter
    thread.deliver_starter()
    body = payloads.thread(thread)
    body["message"] = payloads.message(starter, content=True)
    return Reply(201, body)


@route("PUT", CHANNEL + "/thread-members/@me")
def join(call: Call) -> Reply:
    """Let the bot join a thread."""
    thread = _thread(call)
    thread.join(thread.guild.me)
    return Reply()


@route("DELETE", CHANNEL + "/thread-members/@me")
def leave(call: Call) -> Reply:
    """Let the bot leave a thread."""
    _thread(call).members.pop(call.world.bot.id, None)
    return Reply()


@route("GET", CHANNEL + "/thread-members/{user_id}")
def membership(call: Call) -> Reply:
    """Return somebody's membership of a thread."""
    thread = _thread(call)
    if call.id("user_id") not in thread.members:
        raise unknown("Member")
    return Reply(200, payloads.thread_member(thread, call.id("user_id")))


def _thread(call: Call) -> Thread:
    place = call.place()
    if not isinstance(place, Thread):
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    return place
