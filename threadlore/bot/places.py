"""Who sees a place."""

from __future__ import annotations

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
