"""Live events of one guild as a source: what the gateway said, in its order."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from threadlore.errors import BadInput
from threadlore.incoming import Incoming, IncomingBatch, IncomingChannel
from threadlore.ingest.sources.discord_live.access import Access
from threadlore.ingest.sources.discord_live.api import Denied, Unknown
from threadlore.ingest.sources.discord_live.gone import gone_channel, gone_thread, is_deleted
from threadlore.ingest.sources.discord_live.marks import CHANNEL, HEARD, known_channels
from threadlore.ingest.sources.discord_live.messages import PAGE, Setting, all_blank, incoming
from threadlore.ingest.sources.discord_live.reading import Reader
from threadlore.ingest.sources.discord_live.threads import ThreadView, thread_view
from threadlore.ingest.values import list_of, mapping_of, text_of

MESSAGES = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE"})
CHANNEL_DELETE = "CHANNEL_DELETE"
DELETIONS = frozenset({"MESSAGE_DELETE", "MESSAGE_DELETE_BULK", "THREAD_DELETE", CHANNEL_DELETE})
THREADS = frozenset({"THREAD_CREATE", "THREAD_UPDATE"})
REACTIONS = frozenset(
    {
        "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE",
        "MESSAGE_REACTION_REMOVE_ALL",
        "MESSAGE_REACTION_REMOVE_EMOJI",
    }
)
VIEW = frozenset(
    {
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        CHANNEL_DELETE,
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE",
        "GUILD_UPDATE",
    }
)
"""What may change who sees a channel."""

TAKEN = MESSAGES | DELETIONS | THREADS | REACTIONS | VIEW


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatch of the gateway, and when it came."""

    name: str
    data: Mapping[str, Any]
    at: datetime


def paged(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Yield events in their order, messages that follow on each other together: a page is one transaction.

    No page speaks twice of a message: which came later would not be told there.
    """
    page: list[Event] = []
    met: set[str] = set()
    for event in events:
        ids = _messages_of(event)
        if page and not (ids and met and met.isdisjoint(ids) and len(page) < PAGE):
            yield page
            page, met = [], set()
        page.append(event)
        met |= ids
    if page:
        yield page


def _messages_of(event: Event) -> set[str]:
    """Return the ids of the messages that a message's event holds; none of all other events."""
    if event.name not in MESSAGES:
        return set()
    held = (event.data, mapping_of(event.data.get("referenced_message")))
    return {text_of(raw.get("id")) for raw in held} - {""}


@dataclass
class Events:
    """Reads events with what is known of their guild.

    `threads` are the threads met so far, by id; `stored` the ids of channels that the records hold; `heard`
    the channels of which a message came in.
    """

    name: str
    events: Sequence[Event]
    reader: Reader
    threads: dict[str, ThreadView]
    stored: Collection[str]
    heard: set[str] = field(default_factory=set)
    _again: dict[tuple[str, str], datetime] = field(default_factory=dict)

    @property
    def _access(self) -> Access:
        return self.reader.access

    async def batches(self, cursors: Mapping[str, str]) -> AsyncIterator[IncomingBatch]:
        """Yield what each event brings or takes; messages whose reactions changed are asked for last."""
        yield IncomingBatch(tuple(self._places()))
        for page in paged(self.events):
            event = page[0]
            if event.name in MESSAGES:
                yield IncomingBatch(tuple([item for one in page for item in await self._message(one)]))
            elif event.name in THREADS:
                yield IncomingBatch(tuple(self._thread(event.data, event.at)))
            elif event.name in DELETIONS:
                async for batch in self._deletion(event, cursors):
                    yield batch
            elif event.name in REACTIONS:
                data = event.data
                self._again[text_of(data.get("channel_id")), text_of(data.get("message_id"))] = event.at
        for (place, message), at in self._again.items():
            yield IncomingBatch(tuple(await self._asked_for(place, message, at)))
        # Whatever becomes of a channel, the next catch-up knows that something was stored of it.
        for key in sorted(self.heard - known_channels(cursors)):
            yield IncomingBatch(cursor=(CHANNEL + key, HEARD))

    def _places(self) -> list[Incoming]:
        return [
            IncomingChannel(channel.id, channel.name, visibility=channel.visibility)
            for channel in self._access.view.channels
            if channel.id in self.stored or not channel.barred
        ]

    async def _message(self, event: Event) -> list[Incoming]:
        found, setting = await self._setting(text_of(event.data.get("channel_id")), event.at)
        me = text_of(self.reader.api.me.get("id"))
        if setting is None or all_blank([event.data], me):
            # Without its text it waits for the next catch-up, which tells a missing intent.
            return []
        return [*found, *incoming(event.data, setting)]

    async def _asked_for(self, place: str, message: str, at: datetime) -> list[Incoming]:
        found, setting = await self._setting(place, at)
        if setting is None or not message.isdecimal():
            return []
        try:
            raw = await self.reader.api.get(
                "/channels/{channel_id}/messages/{message_id}", channel_id=place, message_id=message
            )
        except (Denied, Unknown):
            return []
        return [*found, *incoming(mapping_of(raw), replace(setting, observed_at=self.reader.clock.now()))]

    def _thread(self, raw: Mapping[str, Any], at: datetime) -> list[Incoming]:
        view = thread_view(raw, self._access.view, self._access.choice)
        if view is None:
            self.threads.pop(text_of(raw.get("id")), None)
            return []
        self.threads[view.id] = view
        return [view.incoming(self._access.view.id, at)]

    async def _deletion(self, event: Event, cursors: Mapping[str, str]) -> AsyncIterator[IncomingBatch]:
        data = event.data
        key = text_of(data.get("id"))
        if event.name == "MESSAGE_DELETE_BULK":
            yield IncomingBatch(
                deleted=tuple(one for one in map(text_of, list_of(data.get("ids"))) if one.isdecimal())
            )
        elif not key.isdecimal():
            return
        elif event.name == "MESSAGE_DELETE":
            yield IncomingBatch(deleted=(key,))
        elif event.name == "THREAD_DELETE":
            yield await self._deleted_thread(key, text_of(data.get("parent_id")))
        elif self._holds(key, cursors) and await self._is_deleted(key):
            self.heard.discard(key)
            for batch in gone_channel(key, cursors):
                yield batch

    async def _deleted_thread(self, thread: str, parent: str) -> IncomingBatch:
        self.threads.pop(thread, None)
        channel = self._access.view.channel(parent)
        if channel is None:
            return IncomingBatch(deleted_threads=(thread,))
        return await gone_thread(self.reader, thread, channel.id, in_forum=channel.is_forum)

    def _holds(self, channel: str, cursors: Mapping[str, str]) -> bool:
        """Tell whether anything of a channel is stored: of most voice channels and categories nothing is."""
        met = self.heard | {thread.channel for thread in self.threads.values()}
        return channel in met or channel in self.stored or channel in known_channels(cursors)

    async def _is_deleted(self, channel: str) -> bool:
        """Ask whether a channel is gone, and not out of the bot's sight alone."""
        try:
            return await is_deleted(self.reader.api, self._access.view, channel)
        except BadInput as error:
            _log.warning(
                "channel %s was said to be deleted; what was read of it stays: %s", channel, error.message
            )
            return False

    async def _setting(self, place: str, at: datetime) -> tuple[list[Incoming], Setting | None]:
        """Return where a message stands (None: not to be read), and its thread if that is a new one."""
        channel = self._access.view.channel(place)
        found: list[Incoming] = []
        if not place.isdecimal():
            return [], None
        if channel is None and place not in self.threads:
            try:
                raw = mapping_of(await self.reader.api.get("/channels/{channel_id}", channel_id=place))
            except (Denied, Unknown):
                return [], None
            found = self._thread(raw, at)
        thread = self.threads.get(place)
        if thread is not None:
            parent = self._access.view.channel(thread.channel)
            if parent is None or parent.barred:
                # It was closed since the thread was met.
                return [], None
            self.heard.add(thread.channel)
            return found, self.reader.setting(thread.channel, thread.id, at)
        if channel is None or channel.barred:
            return [], None
        self.heard.add(channel.id)
        return found, self.reader.setting(channel.id, None, at)
