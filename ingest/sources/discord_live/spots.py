"""Which places have something to read, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from threadlore.ids import channel_id, native_thread_id
from threadlore.incoming import IncomingThread
from threadlore.ingest.sources.discord_live.guild import ChannelView
from threadlore.ingest.sources.discord_live.marks import CHANNEL, THREAD, Mark
from threadlore.ingest.sources.discord_live.messages import snowflake
from threadlore.ingest.sources.discord_live.threads import ThreadView


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to read.

    `key` is its cursor's, `record` the id that the records know it by, `entry` the thread itself, where
    that is to be stored. `mark` says how far it was read before, `finished` what to remember of it once
    it has been read; `floor` is the id down to which it is read once more, None where it is not; `oldest`
    the id below which nothing is kept.
    """

    key: str
    name: str
    channel: str
    thread: str | None
    record: str
    last_message_id: str
    finished: Mark
    mark: Mark | None = None
    floor: int | None = None
    oldest: int = 0
    entry: IncomingThread | None = None
    in_forum: bool = False

    @property
    def id(self) -> str:
        """Native id of the place."""
        return self.thread or self.channel

    @property
    def has_news(self) -> bool:
        """Whether a message came in since it was read."""
        return self.mark is None or not self.mark.done or self._names_another_last(self.mark)

    def _names_another_last(self, mark: Mark) -> bool:
        return bool(self.last_message_id) and mark.seen != self.last_message_id

    @property
    def reads(self) -> bool:
        """Whether messages are asked for, and not the thread's own face alone stored."""
        return self.thread is None or self.has_news or self.changed or self.floor is not None

    @property
    def changed(self) -> bool:
        """Whether a thread's counts differ from those it had when it was read."""
        before = self.mark or Mark()
        return (before.count, before.total) != (self.finished.count, self.finished.total)


@dataclass(frozen=True, slots=True)
class Span:
    """Ids down to which one reads: `floor` for what is read once more (0: nothing is), `oldest` for all."""

    floor: int = 0
    oldest: int = 0


def channel_spot(source: str, channel: ChannelView, cursors: Mapping[str, str], span: Span) -> Spot:
    """Return a channel to read; its newest page is always read, which shows what changed in it."""
    mark = Mark.of(cursors.get(CHANNEL + channel.id))
    return Spot(
        key=CHANNEL + channel.id,
        name=f"#{channel.name}",
        channel=channel.id,
        thread=None,
        record=channel_id(source, channel.id),
        last_message_id=channel.last_message_id,
        finished=Mark(seen=channel.last_message_id),
        mark=mark,
        floor=min(span.floor, mark.last) if span.floor and mark else None,
        oldest=span.oldest,
    )


def thread_spots(
    source: str,
    threads: Iterable[ThreadView],
    channels: Mapping[str, ChannelView],
    known: Mapping[str, Mark],
    observed_at: datetime,
    span: Span,
) -> Iterator[Spot]:
    """Yield the threads that are new, or changed in any way since they were read.

    More messages missing from a thread's count than before say that some were deleted: it is read again
    from its beginning.
    """
    guild = source.partition(":")[2]
    for thread in sorted(threads, key=lambda one: int(one.id)):
        mark = known.get(thread.id)
        if mark is None and max(int(thread.id), snowflake(thread.last_message_id)) < span.oldest:
            continue
        finished = Mark(
            seen=thread.last_message_id,
            count=thread.count,
            total=thread.total,
            channel=thread.channel,
            archived=thread.archived,
            face=thread.face,
        )
        spot = Spot(
            key=THREAD + thread.id,
            # Not by its title: what is said of a run outlives the thread.
            name=f"#{channels[thread.channel].name}: thread {thread.id}",
            channel=thread.channel,
            thread=thread.id,
            record=native_thread_id(source, thread.id),
            last_message_id=thread.last_message_id,
            finished=finished,
            mark=mark,
            floor=_floor(thread, mark, span.floor),
            oldest=span.oldest,
            entry=None if mark and mark.face == thread.face else thread.incoming(guild, observed_at),
            in_forum=thread.in_forum,
        )
        same = mark is not None and (mark.channel, mark.archived) == (thread.channel, thread.archived)
        if spot.has_news or spot.changed or spot.entry or spot.floor is not None or not same:
            yield spot


def _floor(thread: ThreadView, mark: Mark | None, floor: int) -> int | None:
    if mark is None:
        return None
    if thread.total - thread.count > mark.total - mark.count:
        return 0
    return min(floor, mark.last) if floor and snowflake(thread.last_message_id) >= floor else None
