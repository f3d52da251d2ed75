"""Who may see and read a channel, computed as Discord documents it (topics/permissions)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from threadlore.ingest.values import list_of, mapping_of, text_of

ADMINISTRATOR = 1 << 3
VIEW_CHANNEL = 1 << 10
READ_MESSAGE_HISTORY = 1 << 16
MANAGE_THREADS = 1 << 34
EVERYTHING = (1 << 53) - 1
READ = VIEW_CHANNEL | READ_MESSAGE_HISTORY


def bits(value: Any) -> int:
    """Return permission bits from the decimal text that holds them; 0 where there is none."""
    text = text_of(value)
    return int(text) if text.isdecimal() else 0


def in_guild(roles: Mapping[str, int], everyone: str, held: Iterable[str], *, owner: bool = False) -> int:
    """Return what a member may do in the guild: the union over its roles; admins and the owner everything.

    Args:
        roles: Permission bits by role id.
        everyone: Id of the role of everyone, which is the guild's id.
        held: Ids of the member's other roles.
        owner: Whether the member owns the guild.
    """
    granted = roles.get(everyone, 0)
    for role in held:
        granted |= roles.get(role, 0)
    return EVERYTHING if owner or granted & ADMINISTRATOR else granted


def in_channel(base: int, overwrites: Any, everyone: str, held: Iterable[str], member: str = "") -> int:
    """Return what a member may do in a channel.

    Overwrites act in the order everyone, all roles together, member; within each, denials first. Without
    View Channel nothing is left.

    Args:
        base: What `in_guild` returned.
        overwrites: The channel's `permission_overwrites`.
        everyone: Id of the role of everyone.
        held: Ids of the member's other roles.
        member: The member's id, empty for the role of everyone itself.
    """
    if base == EVERYTHING:
        return base
    by_target = {text_of(one.get("id")): one for one in map(mapping_of, list_of(overwrites))}
    granted = base
    for targets in ([everyone], list(held), [member]):
        found = [by_target[target] for target in targets if target in by_target]
        denied = allowed = 0
        for one in found:
            denied |= bits(one.get("deny"))
            allowed |= bits(one.get("allow"))
        granted = granted & ~denied | allowed
    return granted if granted & VIEW_CHANNEL else 0
