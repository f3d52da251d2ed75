"""Threads that stand in no list any more: deleted, or merely out of sight."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from threadlore.errors import BadInput
from threadlore.incoming import IncomingBatch
from threadlore.ingest.sources.discord_live.api import UNKNOWN_CHANNEL, Unknown
from threadlore.ingest.sources.discord_live.guarding import Guard
from threadlore.ingest.sources.discord_live.listing import Listing
from threadlore.ingest.sources.discord_live.marks import THREAD, known_threads
from threadlore.ingest.sources.discord_live.reading import Reader

FRESH_S = 10.0
"""How old a look at the channel may be: what is closed is refused with 403, and not as unknown."""


async def gone_threads(
    reader: Reader, guard: Guard, listing: Listing, cursors: Mapping[str, str]
) -> AsyncIterator[IncomingBatch]:
    """Yield what becomes of known threads of the listed channels that no list holds any more.

    Each is asked for: only the answer that the thread does not exist, while its channel may be read, says
    that it was deleted. Archived ones are missed only where a list was read to its end.
    """
    for thread, mark in sorted(known_threads(cursors).items(), key=lambda pair: int(pair[0])):
        channel = listing.channels.get(mark.channel)
        unlisted = mark.archived and mark.channel in listing.partly
        if thread in listing.threads or channel is None or unlisted:
            continue
        name = f"#{channel.name}: thread {thread}"
        waits = guard.waits(thread, name)
        if waits is not None:
            yield IncomingBatch((waits,))
            continue
        try:
            await reader.api.get("/channels/{channel_id}", channel_id=thread)
            # There, and not to be read: it is not asked for again until a list holds it.
            yield IncomingBatch(cursor=(THREAD + thread, replace(mark, channel="").text()))
        except BadInput as error:
            gone = isinstance(error, Unknown) and error.code == UNKNOWN_CHANNEL
            if gone and await reader.access.still_readable(channel.id, FRESH_S):
                yield await gone_thread(reader, thread, channel.id, in_forum=channel.is_forum)
            else:
                yield guard.refused(thread, name, error)


async def gone_thread(reader: Reader, thread: str, channel: str, *, in_forum: bool) -> IncomingBatch:
    """Return the deletion of a thread; the message it was opened on goes back to its channel."""
    opener = None if in_forum else await reader.one(channel, thread)
    return IncomingBatch(
        items=(replace(opener, thread_id=None),) if opener else (),
        cursor=(THREAD + thread, ""),
        deleted_threads=(thread,),
    )
