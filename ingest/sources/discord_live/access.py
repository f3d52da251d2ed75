"""What the bot may do, asked anew where an answer alone proves nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from threadlore.ingest.sources.discord_live.api import Denied, DiscordApi, Unknown
from threadlore.ingest.sources.discord_live.guild import ChannelView, Choice, GuildView, look
from threadlore.ingest.values import mapping_of

_MEMBERS, _MEMBERS_LIMITED, _CONTENT, _CONTENT_LIMITED = 1 << 14, 1 << 15, 1 << 18, 1 << 19


@dataclass(frozen=True, slots=True)
class Intents:
    """Privileged intents that are switched on; None where Discord does not say."""

    content: bool | None = None
    members: bool | None = None


async def intents_of(api: DiscordApi) -> Intents:
    """Ask which privileged intents the application has: flags of `GET /applications/@me`."""
    try:
        flags = mapping_of(await api.get("/applications/@me")).get("flags")
    except (Denied, Unknown):
        return Intents()
    if not isinstance(flags, int):
        return Intents()
    return Intents(
        content=bool(flags & (_CONTENT | _CONTENT_LIMITED)),
        members=bool(flags & (_MEMBERS | _MEMBERS_LIMITED)),
    )


@dataclass
class Access:
    """A guild as it was when the run began, and whether that still holds."""

    api: DiscordApi
    choice: Choice
    view: GuildView
    _again: GuildView | None = None
    _looked_at: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def open(cls, api: DiscordApi, guild: str, choice: Choice) -> Access:
        """Look at a guild.

        Raises:
            ConfigError: the bot is not in it.
        """
        return cls(api, choice, await look(api, guild, choice))

    async def still_readable(self, channel: str, within_s: float = 0.0) -> ChannelView | None:
        """Return a channel if it may be read, by a look no older than the question and `within_s` seconds.

        An older look would not know what was closed since: an empty page would pass for a deletion.
        """
        needed = asyncio.get_running_loop().time() - within_s
        async with self._turn:
            if self._again is None or self._looked_at < needed:
                began = asyncio.get_running_loop().time()
                self._again = await look(self.api, self.view.id, self.choice)
                self._looked_at = began
        found = self._again.channel(channel)
        return found if found is not None and not found.barred else None
