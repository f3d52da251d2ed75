"""Channels and threads that stand in no list any more: deleted, or merely out of sight."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace

from threadlore.errors import BadInput
from threadlore.incoming import IncomingBatch, IncomingSkip
from threadlore.ingest.sources.discord_live.api import UNKNOWN_CHANNEL, DiscordApi, Unknown
from threadlore.ingest.sources.discord_live.guarding import Guard
from threadlore.ingest.sources.discord_live.guild import GuildView
from threadlore.ingest.sources.discord_live.listing import Listing
from threadlore.ingest.sources.discord_live.marks import (
    CHANNEL,
    DENIED,
    LIST,
    LISTED,
    THREAD,
    known_channels,
    known_threads,
)
from threadlore.ingest.sources.discord_live.reading import Reader

DELETED = "it was deleted on the server: all that was read of it was deleted here too"
UNLISTED = (
    "the server does not list it, and Discord still knows it. What was read of it stays; "
    "`threadlore forget` with this id deletes it"
)

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


async def gone_channels(
    api: DiscordApi, guard: Guard, view: GuildView, cursors: Mapping[str, str]
) -> AsyncIterator[IncomingBatch]:
    """Yield what becomes of channels that were read and that the server does not list any more."""
    for channel in unlisted(view, cursors):
        name = f"discord:{view.id}/c/{channel}"
        waits = guard.waits(channel, name)
        if waits is not None:
            yield IncomingBatch((waits,))
            continue
        try:
            gone = await is_deleted(api, view, channel)
        except BadInput as error:
            yield guard.refused(channel, name, error)
            continue
        yield IncomingBatch((IncomingSkip(name, DELETED if gone else UNLISTED),))
        for batch in gone_channel(channel, cursors) if gone else ():
            yield batch


def unlisted(view: GuildView, cursors: Mapping[str, str]) -> list[str]:
    """Return the ids of channels that were read and that the server does not list any more."""
    return sorted(known_channels(cursors) - view.listed, key=int)


async def is_deleted(api: DiscordApi, view: GuildView, channel: str) -> bool:
    """Tell whether a channel was deleted: the server does not list it, and Discord does not know it.

    Raises:
        Denied: the bot may not see it: it is there.
        BadInput: Discord does not say.
    """
    if channel in view.listed:
        return False
    try:
        await api.get("/channels/{channel_id}", channel_id=channel)
    except Unknown as error:
        if error.code == UNKNOWN_CHANNEL:
            return True
        raise
    return False


def gone_channel(channel: str, cursors: Mapping[str, str]) -> Iterator[IncomingBatch]:
    """Yield the deletion of a channel, once for each cursor that goes with it."""
    threads = [key for key, mark in known_threads(cursors).items() if mark.channel == channel]
    own = [kind + channel for kind in (CHANNEL, LISTED, DENIED, DENIED + LIST)]
    own += [kind + key for key in threads for kind in (THREAD, DENIED)]
    yield IncomingBatch(deleted_channels=(channel,))
    for key in own:
        if cursors.get(key):
            yield IncomingBatch(cursor=(key, ""), deleted_channels=(channel,))


async def gone_thread(reader: Reader, thread: str, channel: str, *, in_forum: bool) -> IncomingBatch:
    """Return the deletion of a thread; the message it was opened on goes back to its channel."""
    opener = None if in_forum else await reader.one(channel, thread)
    return IncomingBatch(
        items=(replace(opener, thread_id=None),) if opener else (),
        cursor=(THREAD + thread, ""),
        deleted_threads=(thread,),
    )
