"""One place, page by page: what is new, what was edited, what is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from threadlore.errors import BadInput, ConfigError
from threadlore.ids import channel_id
from threadlore.incoming import IncomingBatch, IncomingMessage
from threadlore.ingest.sources.discord_live.access import Access
from threadlore.ingest.sources.discord_live.api import Denied, DiscordApi, Unknown
from threadlore.ingest.sources.discord_live.marks import Mark
from threadlore.ingest.sources.discord_live.messages import (
    PAGE,
    RoleOf,
    Setting,
    all_blank,
    incoming,
    minted_at,
    snowflake,
)
from threadlore.ingest.sources.discord_live.spots import Spot
from threadlore.ingest.values import list_of, mapping_of
from threadlore.seams import Clock
from threadlore.types import Channel

Page = tuple[Sequence[Mapping[str, Any]], Setting]
"""Messages, oldest first, with where and when they were read."""

_SLACK = timedelta(seconds=1)
"""A message's time has more digits than its id holds."""


class HeldMessages(Protocol):
    """What the records hold of Discord's places."""

    def channels(self) -> list[Channel]:
        """Return all channels."""
        ...

    def held_messages(self, place: str, since: datetime, until: datetime) -> list[str]:
        """Return ids of the messages of a channel or native thread that were written between two times.

        A message that a thread was opened on is named for both.
        """
        ...


def stored_channels(held: HeldMessages, source: str) -> set[str]:
    """Return the native ids of the channels of a source that the records hold, from wherever."""
    prefix = channel_id(source, "")
    return {one.id.removeprefix(prefix) for one in held.channels() if one.source == source}


class LooksEmpty(BadInput):
    """Discord counts messages and shows none, as it does where the history may not be read."""

    def __init__(self, counted: int) -> None:
        super().__init__(
            f"Discord counts {counted} messages here and shows none: the bot may not read its history."
        )


class Closed(BadInput):
    """A place shows no more of what Discord names as its last message, because it was closed meanwhile."""

    def __init__(self) -> None:
        super().__init__("the bot may not read its history any more; what it had read is kept.")


class ContentMissing(ConfigError):
    """Messages come without text, because the message content intent is not switched on."""

    def __init__(self) -> None:
        super().__init__(
            "Discord sends messages without their text: the Message Content Intent is not switched on.",
            "Switch it on at https://discord.com/developers/applications, page Bot, and run it again. "
            "Nothing blank was stored.",
        )


@dataclass(frozen=True)
class Reader:
    """Reads places of one guild.

    `access` asks anew whether a channel may be read: an empty page alone proves nothing. `threads` are the
    ids of the threads that are known. `fewest_blank` is how many blank messages, with no others beside
    them, say that the content intent is missing.
    """

    api: DiscordApi
    role_of: RoleOf
    held: HeldMessages
    access: Access
    clock: Clock
    threads: Collection[str]
    fewest_blank: int = 1

    def read(self, spot: Spot) -> AsyncIterator[IncomingBatch]:
        """Read a place in the way that fits what is known of it."""
        mark = spot.mark
        if mark is None or not mark.done:
            return self.fresh(spot, mark)
        if spot.floor is not None:
            return self.again(spot, mark, floor=spot.floor)
        if spot.reads:
            return self.news(spot, mark)
        return self._entry_alone(spot, mark)

    def setting(self, channel: str, thread: str | None, observed_at: datetime) -> Setting:
        """Return where messages are read."""
        guild = self.access.view.id
        return Setting(guild, channel, thread, self.role_of, self.threads, observed_at)

    async def one(self, channel: str, message: str) -> IncomingMessage | None:
        """Return a single message of a channel, None where it is gone or cannot be read."""
        setting = self.setting(channel, None, self.clock.now())
        try:
            raw = await self.api.get(
                "/channels/{channel_id}/messages/{message_id}", channel_id=channel, message_id=message
            )
        except (Denied, Unknown):
            return None
        found = incoming(mapping_of(raw), setting)
        return found[-1] if found else None

    async def _entry_alone(self, spot: Spot, mark: Mark) -> AsyncIterator[IncomingBatch]:
        entry = (spot.entry,) if spot.entry else ()
        yield IncomingBatch(entry, (spot.key, _finished(spot, mark).text()))

    async def fresh(self, spot: Spot, mark: Mark | None) -> AsyncIterator[IncomingBatch]:
        """Read upwards from where the last run stopped, or from the beginning, one batch a page."""
        reached = mark or Mark()
        reached = replace(reached, last=max(reached.last, spot.oldest))
        entry = spot.entry
        while True:
            page, setting = await self._page(spot, after=reached.last)
            promised = spot.finished.count if snowflake(spot.last_message_id) > spot.oldest else 0
            if promised and not page and reached.last <= spot.oldest:
                raise LooksEmpty(promised)
            if not page and await self._closed(spot, reached.last):
                raise Closed
            reached = replace(reached, last=max([reached.last, *map(_id, page)]))
            full = len(page) >= PAGE
            if not full and not reached.window:
                reached = _finished(spot, reached)
            items = self._items(page, setting)
            yield IncomingBatch((*([entry] if entry else []), *items), (spot.key, reached.text()))
            entry = None
            if not full:
                break
        if reached.window:
            async for batch in self.again(spot, reached, top=reached.window, pages=1):
                yield batch

    async def _closed(self, spot: Spot, last: int) -> bool:
        """Tell whether an empty page above `last` hides what stands there."""
        expected = snowflake(spot.last_message_id) > last
        return expected and not await self.access.still_readable(spot.channel)

    async def news(self, spot: Spot, mark: Mark) -> AsyncIterator[IncomingBatch]:
        """Read the newest page: with it comes what is new, and what changed in the hundred before.

        Where more came in than a page holds it is read upwards, and the page before it after that.
        """
        newest = await self._page(spot)
        page = newest[0]
        if len(page) < PAGE or min(map(_id, page)) <= mark.last:
            batches = self.again(spot, mark, pages=1, newest=newest)
        else:
            batches = self.fresh(spot, replace(mark, seen="", window=mark.last))
        async for batch in batches:
            yield batch

    async def again(
        self,
        spot: Spot,
        mark: Mark,
        *,
        floor: int = 0,
        top: int = 0,
        pages: int = 0,
        newest: Page | None = None,
    ) -> AsyncIterator[IncomingBatch]:
        """Read downwards what was read before: edits come in, and what is missing was deleted.

        Args:
            spot: The place.
            mark: How far it was read.
            floor: Id to read down to; 0 for everything.
            top: Id to begin at; 0 for the newest message.
            pages: Most pages; 0 for all.
            newest: The first page, where it was asked for already.
        """
        met: set[str] = set()
        low, done = top + 1 if top else 0, 0
        bottom = empty = False
        waiting: IncomingBatch | None = None
        while not bottom and (not pages or done < pages) and not (low and low <= floor):
            page, setting = newest or await self._page(spot, before=low)
            newest = None
            done += 1
            bottom, empty = len(page) < PAGE, not page
            met.update(str(_id(raw)) for raw in page)
            low = min(map(_id, page), default=low)
            if waiting is not None:
                yield waiting
            waiting = IncomingBatch(self._items(page, setting))
        high = top or max([mark.last, snowflake(spot.last_message_id), *map(int, met)])
        after = 0 if bottom else low - 1
        missing = await self._missing(spot, met, after, high, unproven=empty)
        reached = _finished(spot, replace(mark, last=max([mark.last, *map(int, met)]), window=0))
        items = waiting.items if waiting else ()
        entry = (spot.entry,) if spot.entry else ()
        yield IncomingBatch((*entry, *items), (spot.key, reached.text()), deleted=missing)

    async def _missing(
        self, spot: Spot, met: set[str], after: int, high: int, *, unproven: bool
    ) -> tuple[str, ...]:
        """Return what is held and was not met; `unproven` says that the last page showed nothing.

        An empty page looks the same where the history was closed meanwhile, also below full ones.
        """
        since, until = minted_at(after) - _SLACK, minted_at(high) + _SLACK
        ids = await asyncio.to_thread(self.held.held_messages, spot.record, since, until)
        held = {key.rpartition("/")[2] for key in ids}
        held = {key for key in held if after < snowflake(key) <= high}
        if spot.thread and not spot.in_forum:
            # The message that it was opened on stands in the channel.
            held.discard(spot.thread)
        gone = held - met
        if gone and unproven and not await self.access.still_readable(spot.channel):
            return ()
        return tuple(sorted(gone, key=int))

    async def _page(self, spot: Spot, *, before: int = 0, after: int | None = None) -> Page:
        """Return a page, oldest first, and where and when it was read."""
        query: dict[str, str | int] = {"limit": PAGE}
        if before:
            query["before"] = before
        if after is not None:
            query["after"] = after
        setting = self.setting(spot.channel, spot.thread, self.clock.now())
        found = await self.api.get("/channels/{channel_id}/messages", query=query, channel_id=spot.id)
        page = sorted((raw for raw in map(mapping_of, list_of(found)) if _id(raw)), key=_id)
        if all_blank(page, str(self.api.me.get("id")), self.fewest_blank):
            raise ContentMissing
        return page, setting

    def _items(self, page: Sequence[Mapping[str, Any]], setting: Setting) -> tuple[Any, ...]:
        return tuple(message for raw in page for message in incoming(raw, setting))


def _id(raw: Mapping[str, Any]) -> int:
    return snowflake(raw.get("id"))


def _finished(spot: Spot, mark: Mark) -> Mark:
    """Return the mark of a place that was read to its end."""
    seen = spot.finished.seen or str(mark.last)
    return replace(spot.finished, last=max(mark.last, 0), seen=seen)
