"""A guild as the bot sees it now: which channels may be read, who else may see them, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from threadlore.errors import ConfigError
from threadlore.ingest.sources.discord_live.api import Denied, DiscordApi, Unknown
from threadlore.ingest.sources.discord_live.permissions import (
    MANAGE_THREADS,
    READ,
    READ_MESSAGE_HISTORY,
    VIEW_CHANNEL,
    bits,
    in_channel,
    in_guild,
)
from threadlore.ingest.values import list_of, mapping_of, text_of
from threadlore.types import Visibility

TEXT, ANNOUNCEMENT, FORUM, MEDIA = 0, 5, 15, 16
READABLE = frozenset({TEXT, ANNOUNCEMENT, FORUM, MEDIA})
FORUMS = frozenset({FORUM, MEDIA})
PUBLIC_THREADS = frozenset({10, 11})
PRIVATE_THREAD = 12
THREADS = PUBLIC_THREADS | {PRIVATE_THREAD}

NOT_PUBLIC = "not everyone can see it: name it in discord_private to read it for the maintainers alone"
NO_VIEW = "the bot may not see it: give its role View Channel here"
NO_HISTORY = (
    "the bot may not read its history, which would look as if it were empty: "
    "give its role Read Message History here"
)
LEFT_OUT = "left out by discord_skip"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the settings say about reading. Names are compared without regard to case and a leading `#`.

    `private` names channels and threads (or their ids) that are read though not everyone sees them;
    `skip` those that are not read; `only` names channels, None is all; `solved_tags` are names of
    tags that say that a post is solved; `everyone` the role that stands for everyone beside @everyone.
    """

    private: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    solved_tags: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    everyone: str = ""

    @classmethod
    def of(
        cls,
        private: Iterable[str] = (),
        skip: Iterable[str] = (),
        solved_tags: Iterable[str] = (),
        only: Iterable[str] | None = None,
        everyone: str = "",
    ) -> Choice:
        """Return the choice with names in the form that they are compared in."""
        return cls(
            frozenset(map(plain_name, private)),
            frozenset(map(plain_name, skip)),
            frozenset(map(plain_name, solved_tags)),
            None if only is None else frozenset(map(plain_name, only)),
            everyone,
        )

    def reads(self, identity: str, name: str) -> bool:
        """Tell whether a channel is among those to read."""
        return self.only is None or identity in self.only or plain_name(name) in self.only

    def lists(self, identity: str, name: str) -> bool:
        """Tell whether a private place is named."""
        return identity in self.private or plain_name(name) in self.private


def plain_name(name: str) -> str:
    """Return a channel's name in the form that names are compared in.

    >>> plain_name("#Help ")
    'help'
    """
    return name.strip().lstrip("#").casefold()


def kind_of(raw: Mapping[str, Any]) -> int:
    """Return the type of a channel or thread; -1 where it says none."""
    kind = raw.get("type")
    return kind if isinstance(kind, int) else -1


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel with what the bot may do there. `barred` says why it is not read; empty: it is."""

    id: str
    name: str
    kind: int
    visibility: Visibility
    barred: str = ""
    last_message_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    manages_threads: bool = False

    @property
    def is_forum(self) -> bool:
        """Whether it holds posts alone."""
        return self.kind in FORUMS


@dataclass(frozen=True, slots=True)
class GuildView:
    """A guild at one moment.

    `channels` are those of a kind that is read, `listed` the ids of all; `role_names` are the names of its
    roles by id.
    """

    id: str
    name: str
    owner: str
    channels: tuple[ChannelView, ...]
    listed: frozenset[str]
    role_names: Mapping[str, str]

    @property
    def readable(self) -> list[ChannelView]:
        """The channels that are read."""
        return [channel for channel in self.channels if not channel.barred]

    def channel(self, identity: str) -> ChannelView | None:
        """Return a channel by id, None where it is gone or of a kind that is not read."""
        return next((channel for channel in self.channels if channel.id == identity), None)


async def look(api: DiscordApi, guild: str, choice: Choice) -> GuildView:
    """Ask Discord for the guild, its channels, and the bot's roles: three requests.

    Raises:
        ConfigError: the bot is not in the guild.
    """
    try:
        found = mapping_of(await api.get("/guilds/{guild_id}", guild_id=guild))
        me = text_of(api.me.get("id"))
        member = mapping_of(await api.get("/guilds/{guild_id}/members/{user_id}", guild_id=guild, user_id=me))
        channels = list_of(await api.get("/guilds/{guild_id}/channels", guild_id=guild))
    except (Denied, Unknown) as error:
        raise ConfigError(
            f"The bot is not in the server {guild}: {error.message}",
            "Invite it (README, `I have a Discord`), or mend discord_guild.",
        ) from error
    return view_of(found, member, channels, choice)


def view_of(
    guild: Mapping[str, Any], member: Mapping[str, Any], channels: Sequence[Any], choice: Choice
) -> GuildView:
    """Return what the JSON of a guild, of the bot's member and of the channels says."""
    identity, owner = text_of(guild.get("id")), text_of(guild.get("owner_id"))
    roles = [mapping_of(role) for role in list_of(guild.get("roles"))]
    granted = {text_of(role.get("id")): bits(role.get("permissions")) for role in roles}
    held = [text_of(role) for role in list_of(member.get("roles"))]
    me = text_of(mapping_of(member.get("user")).get("id"))
    all_hold = [
        text_of(role.get("id"))
        for role in roles
        if choice.everyone and choice.everyone in (text_of(role.get("id")), text_of(role.get("name")))
    ]
    everyone = in_guild(granted, identity, all_hold)
    mine = in_guild(granted, identity, held, owner=bool(me) and me == owner)

    def seen(raw: Mapping[str, Any]) -> ChannelView:
        overwrites = raw.get("permission_overwrites")
        may = in_channel(mine, overwrites, identity, held, me)
        public = in_channel(everyone, overwrites, identity, all_hold) & READ == READ
        tags = map(mapping_of, list_of(raw.get("available_tags")))
        key, name = text_of(raw.get("id")), text_of(raw.get("name"))
        return ChannelView(
            id=key,
            name=name,
            kind=kind_of(raw),
            visibility=Visibility.PUBLIC if public else Visibility.PRIVATE,
            barred=_barred(choice, key, name, public=public, may=may),
            last_message_id=text_of(raw.get("last_message_id")),
            tags={text_of(tag.get("id")): text_of(tag.get("name")) for tag in tags},
            manages_threads=bool(may & MANAGE_THREADS),
        )

    shown = [seen(raw) for raw in map(mapping_of, channels) if kind_of(raw) in READABLE]
    return GuildView(
        id=identity,
        name=text_of(guild.get("name")),
        owner=owner,
        channels=tuple(channel for channel in shown if channel.id.isdecimal()),
        listed=frozenset(text_of(raw.get("id")) for raw in map(mapping_of, channels)),
        role_names={text_of(role.get("id")): text_of(role.get("name")) for role in roles},
    )


def _barred(choice: Choice, key: str, name: str, *, public: bool, may: int) -> str:
    if key in choice.skip or plain_name(name) in choice.skip:
        return LEFT_OUT
    if not public and not choice.lists(key, name):
        return NOT_PUBLIC
    if not may & VIEW_CHANNEL:
        return NO_VIEW
    return "" if may & READ_MESSAGE_HISTORY else NO_HISTORY
