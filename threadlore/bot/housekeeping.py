"""What runs beside the conversation: catching up, Milvus, drafts, and messages that must follow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import discord

from threadlore.bot import edge
from threadlore.bot.following import Step, step_for, still_shows
from threadlore.bot.showing import arguments_of
from threadlore.helpdesk import BotMessage
from threadlore.types import FaqEntry

if TYPE_CHECKING:
    from threadlore.bot.client import Bot

POLL_SECONDS = 5.0
"""How often the outbox is looked at: another process may have left rows in it."""

DRAFTS_EVERY = timedelta(hours=1)
CATCH_UP_EVERY = timedelta(days=1)
"""A session may last for weeks; what could not be stored as it was said is read after a day at most."""

ARCHIVED = 50083
"""Discord's code for an edit in an archived thread; a deletion is possible there."""

_log = logging.getLogger(__name__)


class Housekeeping:
    """One loop. A part that fails is logged, and tried again at the next turn."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._parts = bot.parts
        self._wake = asyncio.Event()
        self._drafts_at: datetime | None = None
        self._caught_up_at: datetime | None = None
        self._following = asyncio.Lock()
        self.turns = 0

    def wake(self) -> None:
        """Do the next turn now."""
        self._wake.set()

    async def run(self) -> None:
        """Turn until the connection ends."""
        # The first question would wait for the FAQ to be prepared.
        error = await edge.caught(self._parts.answerer.answer(""))
        if error is not None:
            self._bot.failed(error, "preparing the FAQ")
        await self._bot.wait_until_ready()
        while not self._bot.is_closed():
            self._wake.clear()
            await self.turn()
            self.turns += 1
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def turn(self) -> None:
        """Bring Milvus up to date, let messages follow what they show, and put drafts up that are due."""
        for work, what in (
            (self._parts.drain, "bringing Milvus up to date"),
            (self._drop_late, "forgetting questions that waited too long"),
            (self.follow_changes, "letting messages follow"),
            (self._drafts, "putting drafts up"),
            (self._catch_up_again, "catching up again"),
        ):
            error = await edge.caught(work())
            if error is not None:
                self._bot.failed(error, what)

    async def catch_up(self) -> None:
        """Read by REST what was missed, then meet the posts that are still fresh."""
        self._caught_up_at = self._parts.clock.now()
        if self._parts.community is not None:
            done = await self._parts.community.sync()
            _log.info("caught up: %d new, %d changed, %d deleted", done.added, done.changed, done.deleted)
            for skipped in done.skipped:
                _log.warning("not read: %s: %s", skipped.item, skipped.reason)
        self.wake()
        await self._bot.posts.missed()

    async def _catch_up_again(self) -> None:
        """Catch up beside everything else, a day after the last time; the first time is after READY."""
        now = self._parts.clock.now()
        if self._caught_up_at is not None and now >= self._caught_up_at + CATCH_UP_EVERY:
            self._caught_up_at = now
            self._bot.background(self.catch_up(), "catch-up")

    async def _drop_late(self) -> None:
        await asyncio.to_thread(self._parts.desk.drop_late, self._parts.clock.now())

    async def _drafts(self) -> None:
        now = self._parts.clock.now()
        if self._drafts_at is not None and now < self._drafts_at + DRAFTS_EVERY:
            return
        self._drafts_at = now
        await self._bot.board.put_up()

    async def follow_changes(self) -> None:
        """Change or delete messages of the bot whose entry, draft or call has changed or is gone."""
        async with self._following:
            entries = {entry.id: entry for entry in await self._bot.shelf.all()}
            for message, step in await asyncio.to_thread(self._steps, entries):
                await self._follow(message, step)

    def _steps(self, entries: Mapping[str, FaqEntry]) -> list[tuple[BotMessage, Step]]:
        desk = self._parts.desk
        calls = {call.id for call in desk.handovers()}
        kept = [*self._changed_answers(entries), *desk.messages_of("review"), *desk.messages_of("handover")]
        found = ((message, step_for(message, entries.get(message.subject), calls)) for message in kept)
        return [(message, step) for message, step in found if step is not None]

    def _changed_answers(self, entries: Mapping[str, FaqEntry]) -> list[BotMessage]:
        """Return the answers that do not show what their entry says now: of many, the few that matter."""
        desk = self._parts.desk
        changed = []
        for subject, shown in desk.answers_shown():
            if not still_shows(subject, shown, entries.get(subject)):
                changed += [one for one in desk.messages_of("answer", subject) if one.shown == shown]
        return changed

    async def _follow(self, kept: BotMessage, step: Step) -> None:
        place = self._bot.get_partial_messageable(int(kept.channel), guild_id=self._bot.home.id)
        message = place.get_partial_message(int(kept.message_id))
        try:
            if step.reply is None:
                await message.delete()
            else:
                given = arguments_of(step.reply)
                await message.edit(**{"view": None, **given})
        except discord.NotFound:
            step = Step(None, None)
        except discord.HTTPException as error:
            if error.code != ARCHIVED:
                raise
            await message.delete()
            step = Step(None, None)
        if step.shown is None:
            await asyncio.to_thread(self._parts.desk.drop_messages, [kept.message_id])
            return
        after = kept.model_copy(update={"shown": step.shown})
        await asyncio.to_thread(self._parts.desk.save_message, after)
