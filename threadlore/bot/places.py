"""Who sees a place, and in which roles somebody stands there."""

from __future__ import annotations

from typing import Any

import discord


def everyone_sees(place: object, everyone: str = "") -> bool:
    """Tell whether everyone in the server sees a channel or thread; False where it is not known.

    Args:
        place: A channel or thread.
        everyone: Role (id, or name) that every member is given, beside @everyone; empty for none.
    """
    if isinstance(place, discord.Thread):
        return not place.is_private() and everyone_sees(place.parent, everyone)
    if not isinstance(place, discord.abc.GuildChannel):
        return False
    named = [role for role in place.guild.roles if everyone and everyone in (str(role.id), role.name)]
    return any(place.permissions_for(role).view_channel for role in (place.guild.default_role, *named))


def roles_of(interaction: discord.Interaction[Any]) -> list[tuple[str, str]]:
    """Return the roles of whoever uses a command or button as (id, name), as Discord sent them just now."""
    member = interaction.user
    if not isinstance(member, discord.Member):
        return []
    return [(str(role.id), role.name) for role in member.roles if not role.is_default()]
