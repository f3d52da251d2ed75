"""The world's things as the JSON that Discord's REST side sends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.fakes.discord.channels import Channel, Overwrite, Tag, Thread
from tests.fakes.discord.clock import stamp
from tests.fakes.discord.flags import FORUMS, ChannelType, MessageType, Permission
from tests.fakes.discord.messages import Attachment, Message
from tests.fakes.discord.people import Member, Role, User

if TYPE_CHECKING:
    from tests.fakes.discord.guilds import Guild

Json = dict[str, Any]

_MENTION = re.compile(r"<@!?(\d+)>")
_ROLE_MENTION = re.compile(r"<@&(\d+)>")


def user(person: User) -> Json:
    """Return an account."""
    body: Json = {
        "id": str(person.id),
        "username": person.name,
        "avatar": None,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "global_name": person.display_name,
        "primary_guild": None,
    }
    if person.bot:
        body["bot"] = True
    if person.system:
        body["system"] = True
    return body


def me(person: User) -> Json:
    """Return the bot's own account."""
    return {**user(person), "mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}


def bare_member(person: Member) -> Json:
    """Return a member without the account, as messages over the gateway carry it."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": stamp(person.joined_at),
        "nick": person.nick,
        "pending": False,
        "premium_since": None,
        "roles": [str(role.id) for role in person.roles],
        "mute": False,
        "deaf": False,
    }


def member(person: Member) -> Json:
    """Return a member."""
    return {**bare_member(person), "user": user(person.user)}


def role(thing: Role) -> Json:
    """Return a role."""
    return {
        "id": str(thing.id),
        "name": thing.name,
        "permissions": str(int(thing.permissions)),
        "position": thing.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": thing.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def overwrite(thing: Overwrite) -> Json:
    """Return a permission overwrite."""
    return {
        "id": str(thing.target.id),
        "type": 0 if isinstance(thing.target, Role) else 1,
        "allow": str(int(thing.allow)),
        "deny": str(int(thing.deny)),
    }


def tag(thing: Tag) -> Json:
    """Return a forum's tag."""
    return {
        "id": str(thing.id),
        "name": thing.name,
        "moderated": thing.moderated,
        "emoji_id": None,
        "emoji_name": None,
    }


def channel(thing: Channel) -> Json:
    """Return a channel of a guild."""
    body: Json = {
        "id": str(thing.id),
        "type": int(thing.type),
        "flags": thing.flags,
        "guild_id": str(thing.guild.id),
        "name": thing.name,
        "parent_id": str(thing.parent_channel.id) if thing.parent_channel else None,
        "position": thing.position,
        "permission_overwrites": [overwrite(one) for one in thing.overwrites.values()],
        "nsfw": False,
    }
    if thing.type is ChannelType.CATEGORY:
        return body
    body["last_message_id"] = str(thing.last_message_id) if thing.last_message_id else None
    body["rate_limit_per_user"] = 0
    if thing.type in {ChannelType.VOICE, ChannelType.STAGE}:
        return body | {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    body["topic"] = thing.topic
    if thing.type in FORUMS:
        body |= {
            "available_tags": [tag(one) for one in thing.tags],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }
    return body


def thread(thing: Thread) -> Json:
    """Return a thread."""
    body: Json = {
        "id": str(thing.id),
        "type": int(thing.type),
        "last_message_id": str(thing.last_message_id) if thing.last_message_id else None,
        "flags": thing.flags,
        "guild_id": str(thing.guild.id),
        "name": thing.name,
        "parent_id": str(thing.parent.id),
        "rate_limit_per_user": 0,
        "owner_id": str(thing.owner.id),
        "thread_metadata": {
            "archived": thing.archived,
            "archive_timestamp": stamp(thing.archive_timestamp),
            "auto_archive_duration": thing.auto_archive_minutes,
            "locked": thing.locked,
            "create_timestamp": stamp(thing.created_at),
        },
        "message_count": thing.message_count,
        "member_count": len(thing.members),
        "total_message_sent": thing.total_message_sent,
    }
    if thing.private:
        body["thread_metadata"]["invitable"] = True
    if thing.parent.type in FORUMS:
        body["applied_tags"] = [str(one.id) for one in thing.applied_tags]
    return body


def place(thing: Channel | Thread) -> Json:
    """Return a channel or a thread."""
    return thread(thing) if isinstance(thing, Thread) else channel(thing)


def thread_member(thing: Thread, user_id: int) -> Json:
    """Return somebody's membership of a thread."""
    return {
        "id": str(thing.id),
        "user_id": str(user_id),
        "join_timestamp": stamp(thing.members[user_id]),
        "flags": 0,
    }


def attachment(thing: Attachment, place_id: int) -> Json:
    """Return a file on a message."""
    url = f"https://cdn.discordapp.com/attachments/{place_id}/{thing.id}/{quote(thing.filename)}"
    return {
        "id": str(thing.id),
        "filename": thing.filename,
        "size": thing.size,
        "url": url,
        "proxy_url": url.replace("cdn.discordapp.com", "media.discordapp.net"),
        "content_type": thing.content_type,
    }


def _reactions(thing: Message) -> list[Json]:
    bot = thing.place.guild.world.bot
    return [
        {
            "emoji": emoji_of(emoji),
            "count": len(users),
            "count_details": {"burst": 0, "normal": len(users)},
            "burst_colors": [],
            "me_burst": False,
            "me": bot in users,
        }
        for emoji, users in thing.reactions.items()
    ]


def emoji_of(text: str) -> Json:
    """Return an emoji written as itself, or as name:id where it is the guild's own."""
    name, _, identity = text.partition(":")
    return {"id": identity or None, "name": name}


def message(thing: Message, *, content: bool, nested: bool = False) -> Json:
    """Return a message; without `content` as an application without that intent sees it.

    The bot's own messages, and those that mention it, always keep their content.
    """
    world = thing.place.guild.world
    mentioned = [world.users[int(i)] for i in _MENTION.findall(thing.content) if int(i) in world.users]
    shown = content or thing.author is world.bot or world.bot in mentioned
    body: Json = {
        "id": str(thing.id),
        "channel_id": str(thing.place.id),
        "type": int(thing.type),
        "author": user(thing.author),
        "content": thing.content if shown else "",
        "attachments": [attachment(a, thing.place.id) for a in thing.attachments] if shown else [],
        "embeds": list(thing.embeds) if shown else [],
        "components": list(thing.components) if shown else [],
        "mentions": [user(one) for one in dict.fromkeys(mentioned)],
        "mention_roles": list(dict.fromkeys(_ROLE_MENTION.findall(thing.content))),
        "mention_everyone": False,
        "timestamp": stamp(thing.created_at),
        "edited_timestamp": stamp(thing.edited_at),
        "pinned": thing.pinned_at is not None,
        "tts": False,
        "flags": int(thing.flags),
    }
    body |= _extras(thing)
    if thing.forwarded is not None and shown:
        body["message_snapshots"] = [{"message": _snapshot(thing.forwarded)}]
    if thing.reply_to is not None and not nested:
        gone = thing.reply_to.id not in thing.reply_to.place.messages
        body["referenced_message"] = None if gone else message(thing.reply_to, content=content, nested=True)
    return body


def _snapshot(thing: Message) -> Json:
    kept = ("type", "content", "mentions", "mention_roles", "attachments", "embeds", "timestamp",
            "edited_timestamp", "flags", "components")  # fmt: skip
    whole = message(thing, content=True, nested=True)
    return {key: whole[key] for key in kept}


def _extras(thing: Message) -> Json:
    extras: Json = {}
    if thing.stickers:
        extras["sticker_items"] = [
            {"id": str(thing.id + number), "name": name, "format_type": 1}
            for number, name in enumerate(thing.stickers, start=1)
        ]
    if thing.reactions:
        extras["reactions"] = _reactions(thing)
    if thing.thread is not None:
        extras["thread"] = thread(thing.thread)
    if thing.webhook_id is not None:
        extras["webhook_id"] = str(thing.webhook_id)
    if thing.interaction is not None:
        extras["application_id"] = str(thing.webhook_id)
        extras["interaction_metadata"] = thing.interaction
    if thing.nonce is not None:
        extras["nonce"] = thing.nonce
    reference = thing.reference
    if reference is None and thing.reply_to is not None:
        reference = (thing.reply_to.place.id, thing.reply_to.id)
    if reference is not None:
        extras["message_reference"] = {
            "type": 0 if thing.forwarded is None else 1,
            "channel_id": str(reference[0]),
            "guild_id": str(thing.place.guild.id),
        }
        if thing.type is not MessageType.THREAD_CREATED:
            extras["message_reference"]["message_id"] = str(reference[1])
    return extras


def guild(thing: Guild) -> Json:
    """Return a guild."""
    return {
        "id": str(thing.id),
        "name": thing.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(thing.owner.id) if thing.owner else "0",
        "application_id": None,
        "region": "us-west",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role(one) for one in thing.roles.values()],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def brief_guild(thing: Guild, permissions: Permission) -> Json:
    """Return a guild as the list of the bot's guilds shows it."""
    return {
        "id": str(thing.id),
        "name": thing.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": str(int(permissions)),
        "features": [],
    }
