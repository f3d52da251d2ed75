"""Users, roles and members of the fake world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tests.fakes.discord.flags import Permission

if TYPE_CHECKING:
    from tests.fakes.discord.guilds import Guild


@dataclass(eq=False)
class User:
    """An account."""

    id: int
    name: str
    bot: bool = False
    system: bool = False
    display_name: str | None = None

    @property
    def mention(self) -> str:
        """Return the text that mentions this user."""
        return f"<@{self.id}>"


@dataclass(eq=False, repr=False)
class Role:
    """A role of a guild; the one with the guild's id is @everyone."""

    id: int
    guild: Guild
    name: str
    permissions: Permission
    position: int = 0
    mentionable: bool = False

    @property
    def mention(self) -> str:
        """Return the text that mentions this role."""
        return f"<@&{self.id}>"

    def grant(self, permissions: Permission) -> None:
        """Add permissions to the role."""
        self.permissions |= permissions
        self.guild.world.events.role_updated(self)

    def revoke(self, permissions: Permission) -> None:
        """Take permissions from the role."""
        self.permissions &= ~permissions
        self.guild.world.events.role_updated(self)


@dataclass(eq=False, repr=False)
class Member:
    """A user in a guild."""

    guild: Guild
    user: User
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None

    @property
    def id(self) -> int:
        """Return the user's id."""
        return self.user.id

    @property
    def mention(self) -> str:
        """Return the text that mentions this member."""
        return self.user.mention

    def give(self, role: Role) -> None:
        """Give the member a role."""
        self.roles.append(role)
        self.guild.world.events.member_updated(self)

    def take(self, role: Role) -> None:
        """Take a role from the member."""
        self.roles.remove(role)
        self.guild.world.events.member_updated(self)

    def leave(self) -> None:
        """Leave the guild."""
        self.guild.members.pop(self.id)
        self.guild.world.events.member_left(self)
