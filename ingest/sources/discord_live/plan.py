"""What a run would read, counted from lists alone: `--dry-run`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from threadlore.incoming import IncomingSkip
from threadlore.ingest.sources.discord_live.gone import unlisted
from threadlore.ingest.sources.discord_live.guarding import Guard
from threadlore.ingest.sources.discord_live.guild import ANNOUNCEMENT, FORUM, MEDIA, TEXT, look
from threadlore.ingest.sources.discord_live.listing import list_threads
from threadlore.ingest.sources.discord_live.marks import known_threads
from threadlore.ingest.sources.discord_live.messages import PAGE
from threadlore.ingest.sources.discord_live.source import DiscordSource, survey
from threadlore.ingest.sources.discord_live.spots import Spot
from threadlore.types import Skipped

AWAY = (
    "the server does not list it any more: a run asks for it, and deletes what was read of it where Discord "
    "does not know it either"
)
_KINDS = {TEXT: "text", ANNOUNCEMENT: "announcement", FORUM: "forum", MEDIA: "media"}


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """What a channel holds. Discord counts the messages of threads, and not those of channels.

    `new_messages` are those of threads that were not read yet; `reads_channel` says that the channel has
    messages of its own, whose number is only known once they are read.
    """

    name: str
    kind: str
    visibility: str
    threads: int
    thread_messages: int
    new_messages: int
    reads_channel: bool


@dataclass(frozen=True, slots=True)
class GuildPlan:
    """What a run would read of a guild. `requests` leave out pages of channels that cannot be foreseen."""

    source: str
    name: str
    channels: tuple[ChannelCount, ...]
    unread: tuple[Skipped, ...]
    requests: int


async def plan(source: DiscordSource, cursors: Mapping[str, str]) -> GuildPlan:
    """Count what a run would read, without reading a message.

    Raises:
        ConfigError: the bot is not in the guild, or its token is refused.
        Retry: Discord does not answer.
    """
    view = await look(source.api, source.guild, source.choice)
    guard = Guard(cursors, source.clock.now(), source.manner.retry_denied)
    channels, items = survey(source.name, view, source.choice, guard, ())
    scope, waiting = source.scope(channels, guard)
    listing = await list_threads(source.api, view, source.choice, scope, guard.now)
    spots, left = guard.admitted(source.spots(listing, cursors))
    skips = [item for item in (*items, *waiting, *left) if isinstance(item, IncomingSkip)]
    away = unlisted(view, cursors)
    skips += [IncomingSkip(f"{source.name}/c/{key}", AWAY) for key in away]
    skips += [
        IncomingSkip(f"threads of #{listing.channels[key].name}", error.message)
        for key, error in listing.failures.items()
    ]
    counted = []
    for channel in channels:
        threads = [view for view in listing.threads.values() if view.channel == channel.id]
        counted.append(
            ChannelCount(
                name=f"#{channel.name}",
                kind=_KINDS[channel.kind],
                visibility=channel.visibility.value,
                threads=len(threads),
                thread_messages=sum(one.count + one.in_forum for one in threads),
                new_messages=sum(new_messages(spot) for spot in spots if spot.channel == channel.id),
                reads_channel=not channel.is_forum,
            )
        )
    return GuildPlan(
        source=source.name,
        name=view.name,
        channels=tuple(counted),
        unread=tuple(Skipped(item=skip.item, reason=skip.reason) for skip in skips),
        requests=source.api.pace.requests + _pages(spots) + len(away) + _asked_for(cursors, listing.threads),
    )


def new_messages(spot: Spot) -> int:
    """Return how many messages of a thread were not read yet, as far as its counts tell."""
    if spot.thread is None:
        return 0
    before = spot.mark.total if spot.mark else 0
    return max(0, spot.finished.total - before) + (spot.in_forum and spot.mark is None)


def _pages(spots: Sequence[Spot]) -> int:
    return sum(1 + new_messages(spot) // PAGE for spot in spots if spot.reads)


def _asked_for(cursors: Mapping[str, str], listed: Mapping[str, object]) -> int:
    """Return how many threads stand in no list any more and would be asked for."""
    return len(known_threads(cursors).keys() - listed.keys())
