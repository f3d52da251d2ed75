"""All threads of the channels that are read, though the lists move while they are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from threadlore.errors import BadInput
from threadlore.ingest.sources.discord_live.api import DiscordApi
from threadlore.ingest.sources.discord_live.guild import ChannelView, Choice, GuildView
from threadlore.ingest.sources.discord_live.merging import WORKERS, merged
from threadlore.ingest.sources.discord_live.threads import OVERLAP, ThreadLists, ThreadView


@dataclass(frozen=True, slots=True)
class Scope:
    """Channels to list the archived threads of, except the ids in `left`; by id back to when, else all."""

    channels: Sequence[ChannelView]
    since: Mapping[str, datetime] = field(default_factory=dict)
    left: Collection[str] = ()


@dataclass
class Listing:
    """The threads by id, and of which channels.

    `partly` are ids of channels whose archived threads were not listed to the end: back to some moment
    alone, or not at all. `failures` say why a list could not be read.
    """

    began: datetime
    channels: Mapping[str, ChannelView]
    partly: set[str] = field(default_factory=set)
    threads: dict[str, ThreadView] = field(default_factory=dict)
    failures: dict[str, BadInput] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)

    def leave(self, channels: Iterable[str]) -> None:
        """Note channels whose archived threads are not listed."""
        for key in channels:
            self.unlisted.add(key)
            self.partly.add(key)

    def whole(self, failed: Collection[str]) -> list[str]:
        """Return the channels whose threads were all read, when `failed` are ids of places that were not."""
        left = {view.channel for key, view in self.threads.items() if key in failed}
        return [key for key in self.channels if key not in left and key not in self.unlisted]


async def list_threads(
    api: DiscordApi,
    guild: GuildView,
    choice: Choice,
    scope: Scope,
    now: datetime,
) -> Listing:
    """List the active and the archived threads of `channels`.

    A thread moves from one list to another, or to the top of its own, when somebody writes in it or
    archives it. Whatever moved while pages were turned is at a top afterwards: tops are read again.

    Args:
        api: The connection.
        guild: The guild as it was seen.
        choice: What the settings say.
        scope: Whose archived threads are listed, and how far back.
        now: When this began.
    """
    listing = Listing(now, {channel.id: channel for channel in scope.channels}, set(scope.since))
    listing.leave(scope.left)
    lists = ThreadLists(api, guild, choice, listing.threads)
    await lists.active()

    async def pages(channel: ChannelView) -> AsyncIterator[tuple[ChannelView, int]]:
        try:
            yield channel, await lists.archived(channel, scope.since.get(channel.id))
        except BadInput as error:
            listing.failures[channel.id] = error
            listing.leave([channel.id])

    wanted = [channel for channel in scope.channels if channel.id not in listing.unlisted]
    turned = [channel async for channel, number in merged(map(pages, wanted), WORKERS) if number > 1]
    if turned:
        await lists.active()
        for channel in turned:
            await lists.archived(channel, now - OVERLAP)
    listing.threads = {key: view for key, view in listing.threads.items() if view.channel in listing.channels}
    return listing
