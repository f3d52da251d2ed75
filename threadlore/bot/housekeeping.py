"""What runs beside the conversation, turn by turn: catching up, Milvus, drafts, messages that must follow."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from threadlore.bot import edge
from threadlore.bot.follower import Follower
from threadlore.bot.posts import Posts
from threadlore.bot.reviewing import ReviewBoard
from threadlore.bot.session import Session

POLL_SECONDS = 5.0
"""How often the outbox is looked at: another process may have left rows in it."""

DRAFTS_EVERY = timedelta(hours=1)
CATCH_UP_EVERY = timedelta(days=1)
"""A session may last for weeks; what could not be stored as it was said is read after a day at most."""

CATCH_UP_AGAIN = timedelta(minutes=10)
"""Before a catch-up that failed is tried again."""

_log = logging.getLogger(__name__)


class Housekeeping:
    """One loop. A part that fails is logged, and tried again at the next turn."""

    def __init__(self, bot: Session, posts: Posts, board: ReviewBoard, follower: Follower) -> None:
        self._bot = bot
        self._posts = posts
        self._board = board
        self._follower = follower
        self._parts = bot.parts
        self._drafts_at: datetime | None = None
        self._catch_up_due: datetime | None = None
        self.turns = 0

    async def run(self) -> None:
        """Turn until the connection ends."""
        # The first question would wait for the FAQ to be prepared.
        error = await edge.caught(self._parts.answerer.answer(""))
        if error is not None:
            self._bot.failed(error, "preparing the FAQ")
        await self._bot.wait_until_ready()
        while not self._bot.is_closed():
            self._bot.due.clear()
            await self.turn()
            self.turns += 1
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._bot.due.wait()
            except TimeoutError:
                continue

    async def turn(self) -> None:
        """Bring Milvus up to date, let messages follow what they show, and put drafts up that are due."""
        for work, what in (
            (self._parts.drain, "bringing Milvus up to date"),
            (self._drop_late, "forgetting questions that waited too long"),
            (self._follower.follow_changes, "letting messages follow"),
            (self._drafts, "putting drafts up"),
            (self._catch_up_again, "catching up again"),
        ):
            error = await edge.caught(work())
            if error is not None:
                self._bot.failed(error, what)

    async def catch_up(self) -> None:
        """Read by REST what was missed, then meet the posts that are still fresh."""
        self._catch_up_due = self._parts.clock.now() + CATCH_UP_EVERY
        if self._parts.community is not None:
            try:
                done = await self._parts.community.sync()
            except Exception:
                self._catch_up_due = self._parts.clock.now() + CATCH_UP_AGAIN
                raise
            _log.info("caught up: %d new, %d changed, %d deleted", done.added, done.changed, done.deleted)
            for skipped in done.skipped:
                _log.warning("not read: %s: %s", skipped.item, skipped.reason)
        self._bot.due.set()
        await self._posts.missed()

    async def _catch_up_again(self) -> None:
        """Catch up beside everything else, a day after the last time, soon after one that failed.

        The first time is after READY.
        """
        now = self._parts.clock.now()
        if self._catch_up_due is not None and now >= self._catch_up_due:
            self._catch_up_due = now + CATCH_UP_EVERY
            self._bot.background(self.catch_up(), "catch-up")

    async def _drop_late(self) -> None:
        await asyncio.to_thread(self._parts.desk.drop_late, self._parts.clock.now())

    async def _drafts(self) -> None:
        now = self._parts.clock.now()
        if self._drafts_at is not None and now < self._drafts_at + DRAFTS_EVERY:
            return
        self._drafts_at = now
        await self._board.put_up()
