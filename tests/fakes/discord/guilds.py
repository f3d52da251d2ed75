"""A guild of the fake world: its members, roles, channels and threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.discord.channels import Channel, Thread
from tests.fakes.discord.flags import READ, TALK, ChannelType, Permission
from tests.fakes.discord.messages import Message
from tests.fakes.discord.people import Member, Role, User

if TYPE_CHECKING:
    from tests.fakes.discord.world import World


class Guild:
    """A guild ("server") with the bot in it."""

    def __init__(self, world: World, identity: int, name: str) -> None:
        self.world = world
        self.id = identity
        self.name = name
        self.owner: User | None = None
        self.everyone = Role(identity, self, "@everyone", READ | TALK)
        self.roles: dict[int, Role] = {identity: self.everyone}
        self.members: dict[int, Member] = {}
        self.channels: dict[int, Channel] = {}
        self.threads: dict[int, Thread] = {}
        self.available = True

    @property
    def me(self) -> Member:
        """Return the bot's member; KeyError where the bot is not in the guild."""
        return self.members[self.world.bot.id]

    def role(
        self, name: str, permissions: Permission = Permission.NONE, *, mentionable: bool = False
    ) -> Role:
        """Add a role."""
        role = Role(self.world.ids.mint(), self, name, permissions, len(self.roles), mentionable)
        self.roles[role.id] = role
        self.world.events.role_created(role)
        return role

    def member(self, person: str | User, *roles: Role, nick: str | None = None) -> Member:
        """Add a member, by name or account."""
        user = self.world.user(person) if isinstance(person, str) else person
        member = Member(self, user, self.world.clock.now(), list(roles), nick)
        self.members[member.id] = member
        self.world.events.member_joined(member)
        return member

    def text(self, name: str, *, parent: Channel | None = None) -> Channel:
        """Add a text channel."""
        return self.channel(name, ChannelType.TEXT, parent=parent)

    def announcement(self, name: str, *, parent: Channel | None = None) -> Channel:
        """Add an announcement channel."""
        return self.channel(name, ChannelType.ANNOUNCEMENT, parent=parent)

    def forum(self, name: str, *tags: str, parent: Channel | None = None) -> Channel:
        """Add a forum with tags by name."""
        forum = self.channel(name, ChannelType.FORUM, parent=parent)
        for tag in tags:
            forum.tag(tag)
        return forum

    def media(self, name: str, *, parent: Channel | None = None) -> Channel:
        """Add a media channel."""
        return self.channel(name, ChannelType.MEDIA, parent=parent)

    def category(self, name: str) -> Channel:
        """Add a category."""
        return self.channel(name, ChannelType.CATEGORY)

    def voice(self, name: str, *, parent: Channel | None = None) -> Channel:
        """Add a voice channel."""
        return self.channel(name, ChannelType.VOICE, parent=parent)

    def channel(self, name: str, kind: ChannelType, *, parent: Channel | None = None) -> Channel:
        """Add a channel of any kind."""
        channel = Channel(self, self.world.ids.mint(), name, kind, parent=parent)
        self.channels[channel.id] = channel
        self.world.events.channel_created(channel)
        return channel

    def place(self, identity: int) -> Channel | Thread | None:
        """Return the channel or thread with this id."""
        return self.channels.get(identity) or self.threads.get(identity)

    def message(self, identity: int) -> Message | None:
        """Return the message with this id, wherever it stands."""
        for place in (*self.channels.values(), *self.threads.values()):
            if identity in place.messages:
                return place.messages[identity]
        return None

    def go_down(self) -> None:
        """Become unavailable, as in an outage of Discord."""
        self.available = False
        self.world.events.guild_gone(self, unavailable=True)

    def come_back(self) -> None:
        """Become available again."""
        self.available = True
        self.world.events.guild_created(self)

    def kick_bot(self) -> None:
        """Remove the bot from the guild."""
        self.world.events.guild_gone(self, unavailable=False)
        del self.members[self.world.bot.id]

    def invite_bot(self, permissions: Permission = READ | TALK) -> Member:
        """Add the bot with a role of its own that holds `permissions`."""
        role = Role(self.world.ids.mint(), self, self.world.bot.name, permissions, len(self.roles))
        self.roles[role.id] = role
        member = Member(self, self.world.bot, self.world.clock.now(), [role])
        self.members[member.id] = member
        self.world.events.guild_created(self)
        return member
