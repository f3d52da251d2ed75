"""Whether a server can be read, in words: token, intents, permissions. For `threadlore doctor`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from threadlore.community import Manner
from threadlore.errors import ThreadloreError
from threadlore.ingest.sources.discord_live.access import intents_of
from threadlore.ingest.sources.discord_live.api import DiscordApi
from threadlore.ingest.sources.discord_live.guild import LEFT_OUT, NOT_PUBLIC, look
from threadlore.ingest.sources.discord_live.opening import Opening
from threadlore.ingest.sources.discord_live.reading import ContentMissing
from threadlore.ingest.sources.discord_live.source import DiscordSource

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is as it must be, and in words what was found."""

    name: str
    ok: bool
    detail: str


async def check_discord(opening: Opening) -> AsyncIterator[Finding]:
    """Yield what is right and wrong with the token, the intents, and the permissions in every server."""
    try:
        async with opening.connect() as api:
            yield Finding("discord token", True, f"the bot {api.me.get('username')}")
            yield await _intents(api)
            for source in await opening.sources(api, Manner()):
                yield await _permissions(source)
    except ThreadloreError as error:
        yield _failed("discord", error)


async def _intents(api: DiscordApi) -> Finding:
    found = await intents_of(api)
    if found.content is False:
        return _failed("discord intents", ContentMissing())
    content = "on" if found.content else "not told by Discord"
    members = (
        "on" if found.members else "off: who helps is learnt from what people write, not from their roles"
    )
    return Finding("discord intents", True, f"message content {content}; server members {members}")


async def _permissions(source: DiscordSource) -> Finding:
    name = f"discord {source.guild}"
    try:
        view = await look(source.api, source.guild, source.choice)
    except ThreadloreError as error:
        return _failed(name, error)
    expected = {NOT_PUBLIC, LEFT_OUT}
    lacking = [channel for channel in view.channels if channel.barred and channel.barred not in expected]
    readable = f"{view.name}: {len(view.readable)} of {len(view.channels)} channels can be read"
    if not lacking:
        return Finding(name, True, readable)
    shown = "; ".join(f"#{channel.name}: {channel.barred}" for channel in lacking[:_SHOWN])
    more = f"; and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
    return Finding(name, False, f"{readable}. {shown}{more}")


def _failed(name: str, error: ThreadloreError) -> Finding:
    return Finding(name, False, f"{error.message} {error.hint}".strip())
