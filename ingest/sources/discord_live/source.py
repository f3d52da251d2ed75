"""A guild as a source: what may be read, its threads, then every place that has something new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from threadlore.community import Manner
from threadlore.incoming import Incoming, IncomingBatch, IncomingChannel, IncomingMessage, IncomingSkip
from threadlore.ingest.sources.discord_live import marks
from threadlore.ingest.sources.discord_live.access import Access, Intents, intents_of
from threadlore.ingest.sources.discord_live.api import DiscordApi
from threadlore.ingest.sources.discord_live.estimate import Estimate
from threadlore.ingest.sources.discord_live.gone import gone_channels, gone_threads
from threadlore.ingest.sources.discord_live.guarding import Guard
from threadlore.ingest.sources.discord_live.guild import ChannelView, Choice, GuildView
from threadlore.ingest.sources.discord_live.listing import Listing, Scope, list_threads
from threadlore.ingest.sources.discord_live.merging import WORKERS, merged
from threadlore.ingest.sources.discord_live.messages import id_at, snowflake
from threadlore.ingest.sources.discord_live.people import People, Pseudonym, list_people
from threadlore.ingest.sources.discord_live.reading import (
    ContentMissing,
    HeldMessages,
    Reader,
    stored_channels,
)
from threadlore.ingest.sources.discord_live.spots import Span, Spot, channel_spot, thread_spots
from threadlore.ingest.values import instant_of
from threadlore.seams import Clock

OTHER_KIND = (
    "it is of another kind now, which is not read. What was read of it stays; `threadlore forget` with this "
    "id deletes it"
)


@dataclass
class DiscordSource:
    """One guild, read with a bot's token."""

    api: DiscordApi
    guild: str
    choice: Choice
    held: HeldMessages
    pseudonym: Pseudonym
    clock: Clock
    manner: Manner
    keep_days: int = 0
    """Days for which messages are kept, 0 for ever: older ones are not read."""
    estimate: Estimate = field(default_factory=Estimate)
    name: str = field(init=False)
    """Exports of the same guild have it too."""

    def __post_init__(self) -> None:
        self.name = f"discord:{self.guild}"

    async def batches(self, cursors: Mapping[str, str]) -> AsyncIterator[IncomingBatch]:
        """Yield channels, then pages of what is new in them and in their threads.

        Raises:
            ConfigError: the bot is not in the guild, its token is refused, or the content intent is missing.
            Retry: Discord does not answer, or refuses too much.
        """
        access = await Access.open(self.api, self.guild, self.choice)
        intents = await intents_of(self.api)
        if intents.content is False:
            raise ContentMissing
        guard = Guard(cursors, self.clock.now(), self.manner.retry_denied)
        stored = await asyncio.to_thread(stored_channels, self.held, self.name)
        channels, places = survey(self.name, access.view, self.choice, guard, stored)
        yield IncomingBatch(places)
        scope, waiting = self.scope(channels, guard)
        listing = await list_threads(self.api, access.view, self.choice, scope, guard.now)
        for key, error in listing.failures.items():
            yield guard.refused(marks.LIST + key, f"threads of #{listing.channels[key].name}", error)
        spots, left = guard.admitted(self.spots(listing, cursors))
        yield IncomingBatch((*waiting, *left))
        people = await self._people(access.view, intents, cursors, spots)
        if people.text() != cursors.get(marks.ROLES) and people.listed_at:
            yield IncomingBatch(cursor=(marks.ROLES, people.text()))
        reader = Reader(
            api=self.api,
            role_of=people.role_of,
            held=self.held,
            access=access,
            clock=self.clock,
            threads=listing.threads.keys() | marks.known_threads(cursors).keys(),
            fewest_blank=10 if intents.content else 1,
        )
        jobs = (guard.watched(spot.id, spot.name, self._counted(reader, spot)) for spot in spots)
        async for batch in merged(jobs, WORKERS):
            yield batch
        async for batch in gone_channels(self.api, guard, access.view, cursors):
            yield batch
        async for batch in gone_threads(reader, guard, listing, cursors):
            yield batch
        for channel in listing.whole(guard.failed):
            yield IncomingBatch(cursor=(marks.LISTED + channel, listing.began.isoformat()))
            if cursors.get(marks.DENIED + marks.LIST + channel):
                yield IncomingBatch(cursor=(marks.DENIED + marks.LIST + channel, ""))

    def scope(self, channels: Sequence[ChannelView], guard: Guard) -> tuple[Scope, tuple[IncomingSkip, ...]]:
        """Return whose archived threads are listed, and why those of others are not."""
        waiting = {
            channel.id: guard.waits(marks.LIST + channel.id, f"threads of #{channel.name}")
            for channel in channels
        }
        left = {key: skip for key, skip in waiting.items() if skip is not None}
        since = _listed(channels, guard.cursors) if self.manner.quick else {}
        return Scope(channels, since, left.keys()), tuple(left.values())

    def spots(self, listing: Listing, cursors: Mapping[str, str]) -> list[Spot]:
        """Return the places that have something to read, and expect their messages."""
        days = self.manner.recheck_days
        span = Span(
            floor=id_at(listing.began - timedelta(days=days)) if days else 0,
            oldest=id_at(listing.began - timedelta(days=self.keep_days)) if self.keep_days else 0,
        )
        spots = [
            channel_spot(self.name, channel, cursors, span)
            for channel in listing.channels.values()
            if not channel.is_forum
        ]
        known = marks.known_threads(cursors)
        threads = listing.threads.values()
        spots += thread_spots(self.name, threads, listing.channels, known, listing.began, span)
        for spot in spots:
            if spot.thread and spot.mark is None:
                self.estimate.expect(spot.key, spot.finished.count + spot.in_forum)
        return spots

    async def _people(
        self, guild: GuildView, intents: Intents, cursors: Mapping[str, str], spots: Sequence[Spot]
    ) -> People:
        """Return who helps, listed anew where something new came in and the list is a day old."""
        now = self.clock.now()
        known = People.of(cursors.get(marks.ROLES), self.pseudonym, guild.owner)
        if not intents.members or known.is_fresh(now) or not any(spot.has_news for spot in spots):
            return known
        return await list_people(self.api, guild, self.pseudonym, now) or known

    async def _counted(self, reader: Reader, spot: Spot) -> AsyncIterator[IncomingBatch]:
        """Read a place, and say with each page how many messages are expected in all."""
        async for batch in reader.read(spot):
            ids = [snowflake(item.native_id) for item in batch.items if isinstance(item, IncomingMessage)]
            self.estimate.meet(spot.key, len(ids))
            if spot.thread is None and spot.mark is None and ids:
                self.estimate.reach(spot.key, spot.channel, max(ids), spot.last_message_id)
            yield replace(batch, expected=self.estimate.total)


def survey(
    source: str, view: GuildView, choice: Choice, guard: Guard, stored: Collection[str]
) -> tuple[list[ChannelView], tuple[Incoming, ...]]:
    """Return the channels to read, and what to say and store of all others.

    A channel that is stored and may not be read (any more) keeps what was read of it; where not everyone
    may see it, that is hidden. An export does not tell: it is seen here.
    """
    channels: list[ChannelView] = []
    items: list[Incoming] = []
    for channel in view.channels:
        if not channel.barred or channel.id in stored:
            items.append(IncomingChannel(channel.id, channel.name, visibility=channel.visibility))
        if channel.barred:
            items.append(IncomingSkip(f"#{channel.name}", channel.barred))
        elif choice.reads(channel.id, channel.name):
            waits = guard.waits(channel.id, f"#{channel.name}")
            if waits is None:
                channels.append(channel)
            else:
                items.append(waits)
    there = {channel.id for channel in view.channels}
    changed = sorted((marks.known_channels(guard.cursors) & view.listed) - there)
    items += [IncomingSkip(f"{source}/c/{key}", OTHER_KIND) for key in changed]
    return channels, tuple(items)


def _listed(channels: Sequence[ChannelView], cursors: Mapping[str, str]) -> dict[str, datetime]:
    found = {channel.id: instant_of(cursors.get(marks.LISTED + channel.id)) for channel in channels}
    return {key: at for key, at in found.items() if at is not None}
