"""One request to the REST side, and the table of routes that answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.discord.channels import Channel, Thread
from tests.fakes.discord.errors import ApiError, missing_access, missing_permissions, unknown
from tests.fakes.discord.flags import Permission
from tests.fakes.discord.guilds import Guild
from tests.fakes.discord.messages import Message
from tests.fakes.discord.permissions import in_channel, in_guild
from tests.fakes.discord.world import World


@dataclass(frozen=True)
class Reply:
    """An answer: a status and JSON, or no content."""

    status: int = 204
    body: Any = None


@dataclass(frozen=True)
class Call:
    """A request that was let in, with what its route names."""

    world: World
    args: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    uploads: tuple[tuple[str, int, str], ...] = ()
    """Files of a multipart request: name, size in bytes, content type."""

    def id(self, name: str) -> int:
        """Return an id out of the path."""
        try:
            return int(self.args[name])
        except ValueError:
            raise ApiError(400, 50035, "Invalid Form Body") from None

    def guild(self) -> Guild:
        """Return the guild that the path names, which the bot must be in."""
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None or self.world.bot.id not in guild.members:
            raise unknown("Guild")
        return guild

    def place(self, *needed: Permission) -> Channel | Thread:
        """Return the channel or thread that the path names, which the bot must see.

        Raises:
            ApiError: there is none, the bot cannot see it, or lacks one of the permissions `needed`.
        """
        place = self.world.place(self.id("channel_id"))
        if place is None:
            raise unknown("Channel")
        granted = self.granted(place)
        if not granted & Permission.VIEW_CHANNEL:
            raise missing_access()
        if any(not granted & one for one in needed):
            raise missing_permissions()
        return place

    def granted(self, place: Channel | Thread) -> Permission:
        """Return what the bot may do in a place."""
        guild = place.guild
        return in_channel(guild.me, place) if self.world.bot.id in guild.members else Permission.NONE

    def allowed_in(self, guild: Guild) -> Permission:
        """Return what the bot may do in the guild at large."""
        return in_guild(guild.me)

    def message(self, place: Channel | Thread) -> Message:
        """Return the message that the path names."""
        message = place.messages.get(self.id("message_id"))
        if message is None:
            raise unknown("Message")
        return message

    def limit(self, default: int, most: int, least: int = 1) -> int:
        """Return the page size asked for."""
        limit = int(self.query.get("limit", default))
        if not least <= limit <= most:
            raise ApiError(400, 50035, "Invalid Form Body")
        return limit


Handler = Callable[[Call], Reply]
ROUTES: dict[tuple[str, str], Handler] = {}
"""Every route of the fake by method and path, the path written as in Discord's specification."""


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Register a function as the answer to a route."""

    def register(handler: Handler) -> Handler:
        ROUTES[method, path] = handler
        return handler

    return register
