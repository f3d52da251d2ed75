"""Who may do what where, as Discord computes it: base, then overwrites of everyone, roles, member."""

from __future__ import annotations

from tests.fakes.discord.channels import Channel, Thread
from tests.fakes.discord.flags import EVERY_PERMISSION, Permission
from tests.fakes.discord.people import Member


def in_guild(member: Member) -> Permission:
    """Return what a member may do in the guild before any channel's overwrites."""
    guild = member.guild
    if guild.owner is not None and guild.owner.id == member.id:
        return EVERY_PERMISSION
    granted = guild.everyone.permissions
    for role in member.roles:
        granted |= role.permissions
    return EVERY_PERMISSION if granted & Permission.ADMINISTRATOR else granted


def in_channel(member: Member, place: Channel | Thread) -> Permission:
    """Return what a member may do in a channel; a thread has its parent's overwrites.

    Without View Channel nothing else is left. A private thread is closed to those who are neither in it
    nor hold Manage Threads.
    """
    granted = in_guild(member)
    if granted == EVERY_PERMISSION:
        return granted
    channel = place.parent if isinstance(place, Thread) else place
    granted = _overwritten(granted, channel, [member.guild.everyone.id])
    granted = _overwritten(granted, channel, [role.id for role in member.roles])
    granted = _overwritten(granted, channel, [member.id])
    if not granted & Permission.VIEW_CHANNEL:
        return Permission.NONE
    if (
        isinstance(place, Thread)
        and place.private
        and member.id not in place.members
        and not granted & Permission.MANAGE_THREADS
    ):
        return Permission.NONE
    return granted


def _overwritten(granted: Permission, channel: Channel, targets: list[int]) -> Permission:
    allow = deny = Permission.NONE
    for target in targets:
        overwrite = channel.overwrites.get(target)
        if overwrite is not None:
            allow |= overwrite.allow
            deny |= overwrite.deny
    return (granted & ~deny) | allow
