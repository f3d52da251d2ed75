"""The community as the bot's process reads it: a catch-up by REST, and live events in small batches."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from threadlore.community import CaughtUp, Manner
from threadlore.errors import ThreadloreError
from threadlore.ingest.run import IngestParts, run_ingest
from threadlore.ingest.sources.discord_live import marks
from threadlore.ingest.sources.discord_live.access import Access
from threadlore.ingest.sources.discord_live.api import DiscordApi
from threadlore.ingest.sources.discord_live.events import DELETIONS, TAKEN, VIEW, Event, Events
from threadlore.ingest.sources.discord_live.opening import Opening
from threadlore.ingest.sources.discord_live.pacing import Pace
from threadlore.ingest.sources.discord_live.people import People
from threadlore.ingest.sources.discord_live.reading import Reader, stored_channels
from threadlore.ingest.sources.discord_live.source import DiscordSource
from threadlore.ingest.sources.discord_live.threads import ThreadView
from threadlore.ingest.sync import SHOWN_BEFORE, ingest
from threadlore.ingest.values import text_of
from threadlore.types import Stage

FLUSH_S = 2.0

SHARE = 0.1
"""Share of the time that storing may take beside the bot; a new name reads every stored text once."""

WHOLE_EVERY = timedelta(days=1)
"""How long a catch-up may pass over old archived threads, which were all listed when the process began."""

LONGEST_PAUSE_S = 60.0
"""Seconds that deletions wait at most for that share: the time may have gone into waits for Discord."""

AGAIN_S = 30.0
"""Seconds before what could not be stored is tried again."""

MUCH = 1000
"""Events, 6 MiB of them, that are stored without waiting longer for that share."""

MOST_WAITING = 10_000
"""Events that wait at most; messages wait for the next catch-up then, deletions and closed places never."""

PER_SECOND = 25.0
"""Requests a second beside a bot that sends some of its own."""

_log = logging.getLogger(__name__)


@dataclass
class LiveDiscord:
    """Implements `threadlore.community.Community` over Discord.

    Args:
        opening: Opens the guilds.
        parts: Where to write, and with what.
        hidden: Writes what was published anew, after a place turned private or a name became known.
        pace: How fast requests go out.
        gather_s: Seconds that events are gathered before they are stored.
    """

    opening: Opening
    parts: IngestParts
    hidden: Callable[[], object]
    pace: Pace = field(default_factory=lambda: Pace(PER_SECOND))
    gather_s: float = FLUSH_S
    _api: DiscordApi | None = None
    _waiting: list[Event] = field(default_factory=list)
    _urgent: list[Event] = field(default_factory=list)
    """The deletions among what waits, until they were applied for the first time."""
    _whole_at: datetime | None = None
    _pause_s: float = 0.0
    _timer: asyncio.Task[None] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _access: dict[str, Access] = field(default_factory=dict)
    _threads: dict[str, ThreadView] = field(default_factory=dict)

    async def sync(self, channels: Collection[str] | None = None) -> CaughtUp:
        """Read by REST what is new since the cursors, and what was edited or deleted meanwhile."""
        async with self._turn:
            flushed = await self._store()
            self._access.clear()
            # Those in which somebody still writes are asked for again; of all others nothing is kept.
            self._threads.clear()
            began = self.parts.clock.now()
            quick = self._whole_at is not None and began - self._whole_at < WHOLE_EVERY
            sources = await self.opening.sources(await self._connected(), Manner(quick=quick), channels)
            run = await run_ingest(self.parts, sources)
            if channels is None and not quick:
                self._whole_at = began
            read = [stage for stage in run.stages if stage.name.startswith("ingest ")]
            await self._show_again(read)
            return _sum([flushed, CaughtUp(*_counts(read), run.skipped)])

    async def event(self, name: str, data: Mapping[str, JsonValue]) -> None:
        """Take in one dispatch of the gateway as it came over the socket."""
        if name not in TAKEN or (len(self._waiting) >= MOST_WAITING and name not in DELETIONS | VIEW):
            return
        guild = text_of(data.get("guild_id")) or (text_of(data.get("id")) if name == "GUILD_UPDATE" else "")
        wanted = self.opening.settings.discord_guild
        if not guild or (wanted and guild != wanted):
            return
        event = Event(name, data, self.parts.clock.now())
        self._waiting.append(event)
        if name in DELETIONS:
            self._urgent.append(event)
        self._wake()

    async def flush(self) -> CaughtUp:
        """Store what `event` has taken in so far."""
        async with self._turn:
            return await self._store()

    async def close(self) -> None:
        """Flush, and end the connections."""
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)
        try:
            await self.flush()
        finally:
            if self._api is not None:
                await self._api.close()

    def _wake(self) -> None:
        if self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._later(max(self.gather_s, self._pause_s)))
            self._timer.add_done_callback(self._ended)

    def _ended(self, timer: asyncio.Task[None]) -> None:
        """Log what ended the timer before everything was stored, and begin anew."""
        error = None if timer.cancelled() else timer.exception()
        if error is not None:
            _log.error(
                "live events could not be stored: messages wait for the next catch-up, deletions are tried "
                "again in %g s",
                AGAIN_S,
                exc_info=error,
            )
            self._pause_s = AGAIN_S
            if self._waiting:
                self._wake()

    def _storable(self) -> int:
        """Return how many events could be stored now: while a catch-up has the turn, deletions alone."""
        return len(self._urgent if self._turn.locked() else self._waiting)

    async def _later(self, pause_s: float) -> None:
        while self._waiting:
            await gathered(self._storable, pause_s, self.gather_s)
            started = time.monotonic()
            try:
                await (self.take_out() if self._turn.locked() else self.flush())
                pause_s = max(self.gather_s, min((time.monotonic() - started) / SHARE, LONGEST_PAUSE_S))
            except ThreadloreError as error:
                _log.warning("live events wait: %s", error.message)
                pause_s = self.gather_s
                await asyncio.sleep(AGAIN_S)
            self._pause_s = pause_s

    async def _connected(self) -> DiscordApi:
        async with self._connecting:
            if self._api is None:
                self._api = await self.opening.connect(self.pace).__aenter__()
            return self._api

    async def take_out(self) -> CaughtUp:
        """Take out what was heard to be deleted, whoever has the turn: a long catch-up, say.

        It is done again in its turn: what a catch-up had read before, and stores after, goes as well. Milvus
        follows where that ends.
        """
        taken, self._urgent = self._urgent, []
        done = False
        try:
            caught = await self._stored(taken)
            done = True
            return caught
        finally:
            if not done:
                self._urgent = [*taken, *self._urgent]

    async def _store(self) -> CaughtUp:
        """Store the waiting events; where that fails they wait on.

        One that cannot be stored at all would hold the others up for ever: then messages are left to the
        next catch-up, which reads them again. Deletions it might not find, and who sees what is asked anew.
        """
        taken, self._waiting, self._urgent = self._waiting, [], []
        left = [event for event in taken if event.name in DELETIONS]
        try:
            caught = await self._stored(taken)
            left = []
        except (ThreadloreError, asyncio.CancelledError):
            left = taken
            raise
        finally:
            if left:
                self._access.clear()
            self._waiting = [*left, *self._waiting]
        if caught.deleted:
            await self.parts.drain(None)
        return caught

    async def _stored(self, taken: list[Event]) -> CaughtUp:
        if not taken:
            return CaughtUp()
        api, stages = await self._connected(), []
        for guild in dict.fromkeys(map(_guild, taken)):
            own = [event for event in taken if _guild(event) == guild]
            stages.append(await self._ingest(self.opening.source(api, guild, Manner()), own))
        await self._show_again(stages)
        return CaughtUp(*_counts(stages))

    async def _ingest(self, source: DiscordSource, own: list[Event]) -> Stage:
        if source.guild not in self._access or any(event.name in VIEW for event in own):
            self._access[source.guild] = await Access.open(source.api, source.guild, source.choice)
        access = self._access[source.guild]
        cursors = await asyncio.to_thread(self.parts.records.cursors, source.name)
        people = People.of(cursors.get(marks.ROLES), source.pseudonym, access.view.owner)
        reader = Reader(
            api=source.api,
            role_of=people.role_of,
            held=source.held,
            access=access,
            clock=self.parts.clock,
            threads=marks.known_threads(cursors).keys() | self._threads.keys(),
        )
        stored = await asyncio.to_thread(stored_channels, source.held, source.name)
        events = Events(source.name, own, reader, self._threads, stored)
        now = self.parts.clock.now()
        parts = self.parts
        done = await ingest(events, parts.records, parts.scrubber, now, parts.erase)
        return done.stage

    async def _show_again(self, stages: Iterable[Stage]) -> None:
        if any(stage.counts.keys() & SHOWN_BEFORE for stage in stages):
            await asyncio.to_thread(self.hidden)


async def gathered(waiting: Callable[[], int], pause_s: float, step_s: float) -> None:
    """Wait so long while events are gathered, no longer once there are many of them."""
    ends = time.monotonic() + pause_s
    while True:
        await asyncio.sleep(step_s)
        if time.monotonic() >= ends or waiting() >= MUCH:
            return


def _guild(event: Event) -> str:
    return text_of(event.data.get("guild_id")) or text_of(event.data.get("id"))


def _counts(stages: Iterable[Stage]) -> tuple[int, int, int]:
    found = [stage.counts for stage in stages]
    added, changed, deleted = (
        sum(counts.get(name, 0) for counts in found) for name in ("added", "changed", "deleted")
    )
    return added, changed, deleted


def _sum(parts: Iterable[CaughtUp]) -> CaughtUp:
    found = list(parts)
    return CaughtUp(
        sum(one.added for one in found),
        sum(one.changed for one in found),
        sum(one.deleted for one in found),
        tuple(skip for one in found for skip in one.skipped),
    )
