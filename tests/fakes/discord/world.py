"""The world that both sides of the fake Discord show: accounts, guilds, commands, interactions."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord.channels import Channel, Thread
from tests.fakes.discord.clock import Clock, Snowflakes
from tests.fakes.discord.events import Events
from tests.fakes.discord.flags import PRIVILEGED, READ, TALK, Intent, Permission
from tests.fakes.discord.guilds import Guild
from tests.fakes.discord.interactions import Interaction, Interactions
from tests.fakes.discord.messages import Message
from tests.fakes.discord.people import Member, User

BOT_TOKEN = "MTA.fake.token"  # a token of the fake alone


class World:
    """Everything there is; each change tells the gateways by `events`."""

    def __init__(self, *, token: str = BOT_TOKEN) -> None:
        self.clock = Clock()
        self.ids = Snowflakes(self.clock)
        self.events = Events(self)
        self.token = token
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.privileges: Intent = PRIVILEGED
        """Privileged intents that are switched on in the application's settings."""
        self.application_id = self.ids.mint()
        self.bot = User(self.application_id, "threadlore", bot=True)
        self.users[self.bot.id] = self.bot
        self.commands: dict[int | None, dict[int, dict[str, Any]]] = {}
        """Application commands by guild (None: global) and id."""
        self.commands_created: dict[int | None, int] = {}
        self.interactions = Interactions(self)
        self.typing: list[tuple[Channel | Thread, str]] = []
        """Where and when the bot showed that it is typing."""
        self.gateway_url = "ws://127.0.0.1:0/"

    @property
    def sees_content(self) -> bool:
        """Say whether the bot may read the content of messages."""
        return bool(self.privileges & Intent.MESSAGE_CONTENT)

    def user(self, name: str, *, bot: bool = False) -> User:
        """Add an account."""
        user = User(self.ids.mint(), name, bot=bot)
        self.users[user.id] = user
        return user

    def guild(self, name: str, *, permissions: Permission | None = READ | TALK) -> Guild:
        """Add a guild with the bot in it under these permissions; None leaves the bot out."""
        guild = Guild(self, self.ids.mint(), name)
        guild.owner = self.user(f"{name} owner")
        guild.members[guild.owner.id] = Member(guild, guild.owner, self.clock.now())
        self.guilds[guild.id] = guild
        if permissions is not None:
            guild.invite_bot(permissions)
        return guild

    def place(self, identity: int) -> Channel | Thread | None:
        """Return the channel or thread with this id."""
        for guild in self.guilds.values():
            place = guild.place(identity)
            if place is not None:
                return place
        return None

    def command(
        self, name: str, options: dict[str, Any] | None = None, *, by: Member, channel: Channel | Thread
    ) -> Interaction:
        """Let a member use a slash command; "faq search" names a subcommand."""
        return self.interactions.slash(name, options or {}, by=by, channel=channel)

    def complete(
        self, name: str, options: dict[str, Any], *, focused: str, by: Member, channel: Channel | Thread
    ) -> Interaction:
        """Let a member type in the option `focused` of a slash command: asks for suggestions."""
        return self.interactions.autocomplete(name, options, focused=focused, by=by, channel=channel)

    def message_command(self, name: str, message: Message, *, by: Member) -> Interaction:
        """Let a member use a command of the message's context menu."""
        return self.interactions.on_message(name, message, by=by)

    def press(self, message: Message, label: str, *, by: Member) -> Interaction:
        """Let a member press the button with this label or custom id."""
        return self.interactions.press(message, label, by=by)

    def choose(self, message: Message, values: list[str], *, by: Member) -> Interaction:
        """Let a member choose in the (only) select menu of a message."""
        return self.interactions.choose(message, values, by=by)

    def submit_modal(
        self, shown: Interaction, values: dict[str, str], *, by: Member | None = None
    ) -> Interaction:
        """Fill in the modal that an interaction was answered with; values by custom id or label."""
        return self.interactions.submit(shown, values, by=by or shown.by)
