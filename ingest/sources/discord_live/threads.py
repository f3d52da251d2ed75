"""The threads of a guild: active ones at once, archived ones in pages that move while they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from threadlore.ids import digest
from threadlore.incoming import IncomingThread
from threadlore.ingest.discord_text import LINK, says_solved
from threadlore.ingest.sources.discord_live.api import DiscordApi
from threadlore.ingest.sources.discord_live.guild import (
    PRIVATE_THREAD,
    TEXT,
    THREADS,
    ChannelView,
    Choice,
    GuildView,
    kind_of,
    plain_name,
)
from threadlore.ingest.values import count_of, instant_of, list_of, mapping_of, text_of
from threadlore.types import Visibility

PAGE = 100
OVERLAP = timedelta(milliseconds=1)
"""Threads archived in the same moment as the last of a page may stand on the next one."""

_NEVER = datetime(2015, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A thread as a list shows it. `count` are messages that are there, `total` all that ever were.

    Neither counts the first message of a forum's post.
    """

    id: str
    name: str
    channel: str
    visibility: Visibility
    tags: tuple[str, ...] = ()
    solved: bool | None = None
    last_message_id: str = ""
    count: int = 0
    total: int = 0
    archived: bool = False
    archived_at: datetime = _NEVER
    in_forum: bool = False

    @property
    def face(self) -> str:
        """Digest of what is stored of the thread itself."""
        return digest(self.name, repr(self.tags), str(self.solved), self.visibility.value, length=8)

    def incoming(self, guild: str, observed_at: datetime) -> IncomingThread:
        """Return the thread as ingest takes it."""
        return IncomingThread(
            native_id=self.id,
            channel_id=self.channel,
            title=self.name,
            tags=self.tags,
            solved=self.solved,
            url=f"{LINK}/{guild}/{self.id}",
            visibility=self.visibility,
            observed_at=observed_at,
        )


def thread_view(raw: Mapping[str, Any], guild: GuildView, choice: Choice) -> ThreadView | None:
    """Return a thread that may be read, None for all others."""
    channel = guild.channel(text_of(raw.get("parent_id")))
    key, name = text_of(raw.get("id")), text_of(raw.get("name"))
    private = kind_of(raw) == PRIVATE_THREAD
    if channel is None or channel.barred or not key.isdecimal() or kind_of(raw) not in THREADS:
        return None
    if private and not choice.lists(key, name):
        return None
    if key in choice.skip or plain_name(name) in choice.skip:
        return None
    tags = tuple(
        filter(None, (channel.tags.get(text_of(tag), "") for tag in list_of(raw.get("applied_tags"))))
    )
    solved = any(plain_name(tag) in choice.solved_tags for tag in tags) or says_solved(name)
    state = mapping_of(raw.get("thread_metadata"))
    return ThreadView(
        id=key,
        name=name or key,
        channel=channel.id,
        visibility=Visibility.PRIVATE if private else channel.visibility,
        tags=tags,
        solved=solved or None,
        last_message_id=text_of(raw.get("last_message_id")),
        count=count_of(raw.get("message_count")),
        total=count_of(raw.get("total_message_sent")),
        archived=state.get("archived") is True,
        archived_at=instant_of(state.get("archive_timestamp")) or _NEVER,
        in_forum=channel.is_forum,
    )


@dataclass
class ThreadLists:
    """Reads the lists of threads. `found` holds every thread by id, as it was last seen."""

    api: DiscordApi
    guild: GuildView
    choice: Choice
    found: dict[str, ThreadView]

    async def active(self) -> None:
        """Read the threads that are open now."""
        answer = mapping_of(await self.api.get("/guilds/{guild_id}/threads/active", guild_id=self.guild.id))
        self._take(answer)

    async def archived(self, channel: ChannelView, since: datetime | None = None) -> int:
        """Read the archived threads of a channel, the latest first, back to `since`; return the pages.

        Raises:
            Denied, Unknown: Discord refuses the list.
        """
        pages = await self._archived("/channels/{channel_id}/threads/archived/public", channel, since)
        if self.choice.private and channel.kind == TEXT:
            # Without Manage Threads a bot lists the private threads that it is in.
            whose = "" if channel.manages_threads else "/users/@me"
            path = "/channels/{channel_id}" + whose + "/threads/archived/private"
            pages += await self._archived(path, channel, since)
        return pages

    async def _archived(self, path: str, channel: ChannelView, since: datetime | None) -> int:
        """Page through a list that is ordered by the time of archiving, or by id for the bot's own threads.

        A thread that moves to the top meanwhile is not missed: whoever reads to the end reads the top again
        (`DiscordSource`). One that moves down is met twice.
        """
        by_id = "@me" in path
        query: dict[str, str | int] = {"limit": PAGE}
        pages, seen, edge = 0, set[str](), datetime.max.replace(tzinfo=UTC)
        while True:
            answer = mapping_of(await self.api.get(path, query=query, channel_id=channel.id))
            pages += 1
            raw = [mapping_of(one) for one in list_of(answer.get("threads"))]
            self._take(answer)
            ids = {text_of(one.get("id")) for one in raw}
            oldest = min((_archived_at(one) for one in raw), default=_NEVER)
            if answer.get("has_more") is not True or not raw or (since and oldest < since):
                return pages
            # Where a page brought nothing new its overlap was the whole of it: go on below.
            edge = oldest + OVERLAP if ids - seen and oldest + OVERLAP < edge else min(oldest, edge - OVERLAP)
            query["before"] = min(ids, key=int) if by_id else edge.isoformat()
            seen |= ids

    def _take(self, answer: Mapping[str, Any]) -> None:
        for raw in map(mapping_of, list_of(answer.get("threads"))):
            view = thread_view(raw, self.guild, self.choice)
            if view is not None:
                self.found[view.id] = view


def _archived_at(raw: Mapping[str, Any]) -> datetime:
    return instant_of(mapping_of(raw.get("thread_metadata")).get("archive_timestamp")) or _NEVER
