"""Changes of the world as gateway events: what is sent, and who may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import payloads
from tests.fakes.discord.clock import stamp
from tests.fakes.discord.flags import Intent, MessageType
from tests.fakes.discord.permissions import in_channel

if TYPE_CHECKING:
    from tests.fakes.discord.channels import Channel, Place, Thread
    from tests.fakes.discord.guilds import Guild
    from tests.fakes.discord.messages import Message
    from tests.fakes.discord.people import Member, Role, User
    from tests.fakes.discord.world import World

Json = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One dispatch; `payload` is made for the intents of each session."""

    name: str
    payload: Callable[[Intent], Json]
    intent: Intent = Intent.NONE
    guild: Guild | None = None
    place: Channel | Thread | None = None
    """Where it happened: a bot that cannot see this place is not told."""


class Events:
    """Turns changes into events and hands them to whoever listens."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.listeners: list[Callable[[Event], None]] = []

    def emit(self, event: Event) -> None:
        """Hand an event to every listener."""
        for listener in list(self.listeners):
            listener(event)

    def _send(
        self, name: str, payload: Json, intent: Intent, guild: Guild, place: Channel | Thread | None = None
    ) -> None:
        if self.listeners:
            self.emit(Event(name, lambda _: payload, intent, guild, place))

    def message_created(self, message: Message) -> None:
        """Tell of a new message."""
        self._message("MESSAGE_CREATE", message)

    def message_updated(self, message: Message) -> None:
        """Tell of a change to a message: the whole of it, as Discord does."""
        self._message("MESSAGE_UPDATE", message)

    def _message(self, name: str, message: Message) -> None:
        if not self.listeners:
            return
        place = message.place
        self.emit(
            Event(
                name,
                lambda intents: message_event(message, intents),
                Intent.GUILD_MESSAGES,
                place.guild,
                place,
            )
        )

    def message_deleted(self, message: Message) -> None:
        """Tell of a deletion."""
        self._send(
            "MESSAGE_DELETE",
            {"id": str(message.id), **_where(message.place)},
            Intent.GUILD_MESSAGES,
            message.place.guild,
            message.place,
        )

    def messages_deleted(self, place: Place, ids: list[int]) -> None:
        """Tell of a bulk deletion."""
        body = {"ids": [str(identity) for identity in ids], **_where(place)}
        self._send("MESSAGE_DELETE_BULK", body, Intent.GUILD_MESSAGES, place.guild, place)  # type: ignore[arg-type]

    def reaction_changed(self, name: str, message: Message, user: User, emoji: str) -> None:
        """Tell of a reaction that came or went."""
        body: Json = {
            "user_id": str(user.id),
            "message_id": str(message.id),
            "emoji": payloads.emoji_of(emoji),
            "burst": False,
            "type": 0,
            **_where(message.place),
        }
        member = message.place.guild.members.get(user.id)
        if name == "MESSAGE_REACTION_ADD":
            body["message_author_id"] = str(message.author.id)
            if member is not None:
                body["member"] = payloads.member(member)
        self._send(name, body, Intent.GUILD_MESSAGE_REACTIONS, message.place.guild, message.place)

    def pins_updated(self, place: Channel | Thread) -> None:
        """Tell that the pins of a place changed."""
        pinned = [m.pinned_at for m in place.messages.values() if m.pinned_at is not None]
        body = {**_where(place), "last_pin_timestamp": stamp(max(pinned)) if pinned else None}
        self._send("CHANNEL_PINS_UPDATE", body, Intent.GUILDS, place.guild, place)

    def channel_created(self, channel: Channel) -> None:
        """Tell of a new channel."""
        self._send("CHANNEL_CREATE", payloads.channel(channel), Intent.GUILDS, channel.guild, channel)

    def channel_updated(self, channel: Channel) -> None:
        """Tell of a change to a channel: those who lost sight of it are told too."""
        self._send("CHANNEL_UPDATE", payloads.channel(channel), Intent.GUILDS, channel.guild)

    def channel_deleted(self, channel: Channel) -> None:
        """Tell that a channel is gone."""
        self._send("CHANNEL_DELETE", payloads.channel(channel), Intent.GUILDS, channel.guild, channel)

    def thread_created(self, thread: Thread) -> None:
        """Tell of a new thread."""
        body = {**payloads.thread(thread), "newly_created": True}
        self._send("THREAD_CREATE", body, Intent.GUILDS, thread.guild, thread)

    def thread_updated(self, thread: Thread) -> None:
        """Tell of a change to a thread."""
        self._send("THREAD_UPDATE", payloads.thread(thread), Intent.GUILDS, thread.guild, thread)

    def thread_joined(self, thread: Thread, member: Member) -> None:
        """Tell that somebody joined a thread; the bot gets the thread itself."""
        if member.user is self._world.bot:
            body = payloads.thread(thread)
            body["member"] = payloads.thread_member(thread, member.id)
            self._send("THREAD_CREATE", body, Intent.GUILDS, thread.guild, thread)
            return
        body = {
            "id": str(thread.id),
            "guild_id": str(thread.guild.id),
            "member_count": len(thread.members),
            "added_members": [
                payloads.thread_member(thread, member.id) | {"member": payloads.member(member)}
            ],
        }
        self._send("THREAD_MEMBERS_UPDATE", body, Intent.GUILD_MEMBERS, thread.guild, thread)

    def thread_deleted(self, thread: Thread) -> None:
        """Tell that a thread is gone: four fields only."""
        body = {
            "id": str(thread.id),
            "guild_id": str(thread.guild.id),
            "parent_id": str(thread.parent.id),
            "type": int(thread.type),
        }
        self._send("THREAD_DELETE", body, Intent.GUILDS, thread.guild, thread)

    def role_created(self, role: Role) -> None:
        """Tell of a new role."""
        self._role("GUILD_ROLE_CREATE", role)

    def role_updated(self, role: Role) -> None:
        """Tell of a change to a role."""
        self._role("GUILD_ROLE_UPDATE", role)

    def _role(self, name: str, role: Role) -> None:
        body = {"guild_id": str(role.guild.id), "role": payloads.role(role)}
        self._send(name, body, Intent.GUILDS, role.guild)

    def member_joined(self, member: Member) -> None:
        """Tell of a new member."""
        body = payloads.member(member) | {"guild_id": str(member.guild.id)}
        self._send("GUILD_MEMBER_ADD", body, Intent.GUILD_MEMBERS, member.guild)

    def member_updated(self, member: Member) -> None:
        """Tell of a change to a member; of itself the bot is told without the intent."""
        own = member.user is self._world.bot
        body = payloads.member(member) | {"guild_id": str(member.guild.id)}
        self._send("GUILD_MEMBER_UPDATE", body, Intent.GUILDS if own else Intent.GUILD_MEMBERS, member.guild)

    def member_left(self, member: Member) -> None:
        """Tell that a member left."""
        body = {"guild_id": str(member.guild.id), "user": payloads.user(member.user)}
        self._send("GUILD_MEMBER_REMOVE", body, Intent.GUILD_MEMBERS, member.guild)

    def guild_created(self, guild: Guild) -> None:
        """Tell of a guild that the bot came into or that is available again."""
        if self.listeners:
            self.emit(
                Event("GUILD_CREATE", lambda intents: guild_event(guild, intents), Intent.GUILDS, guild)
            )

    def guild_gone(self, guild: Guild, *, unavailable: bool) -> None:
        """Tell of a guild in outage, or that the bot was removed from."""
        body: Json = {"id": str(guild.id)}
        if unavailable:
            body["unavailable"] = True
        self._send("GUILD_DELETE", body, Intent.GUILDS, guild)


def _where(place: Place) -> Json:
    return {"channel_id": str(place.id), "guild_id": str(place.guild.id)}


def message_event(message: Message, intents: Intent) -> Json:
    """Return a message as the gateway carries it: with its guild and its author's member."""
    guild = message.place.guild
    body = payloads.message(message, content=bool(intents & Intent.MESSAGE_CONTENT))
    body["guild_id"] = str(guild.id)
    body["channel_type"] = int(message.place.type)
    author = guild.members.get(message.author.id)
    if author is not None and message.webhook_id is None:
        body["member"] = payloads.bare_member(author)
    if message.type is not MessageType.DEFAULT:
        return body
    for mention in body["mentions"]:
        mentioned = guild.members.get(int(mention["id"]))
        if mentioned is not None:
            mention["member"] = payloads.bare_member(mentioned)
    return body


def guild_event(guild: Guild, intents: Intent) -> Json:
    """Return a guild as the gateway shows it: with channels, active threads and members.

    Without the intent for presences the bot's member is the only one: clients ask for the others.
    """
    me = guild.me
    members = guild.members.values() if intents & Intent.GUILD_PRESENCES else [me]
    return {
        **payloads.guild(guild),
        "joined_at": stamp(me.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [payloads.member(one) for one in members],
        "channels": [payloads.channel(one) for one in guild.channels.values()],
        "threads": [
            payloads.thread(one) for one in guild.threads.values() if not one.archived and in_channel(me, one)
        ],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
