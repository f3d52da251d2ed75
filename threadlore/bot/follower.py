"""Messages of the bot that follow what they show: changed with it, taken back with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import discord

from threadlore.bot.following import Step, step_for, still_shows
from threadlore.bot.session import Session
from threadlore.bot.showing import arguments_of
from threadlore.helpdesk import BotMessage
from threadlore.types import FaqEntry

ARCHIVED = 50083
"""Discord's code for an edit in an archived thread; a deletion is possible there."""


class Follower:
    """Looks at what stands in Discord, and changes it."""

    def __init__(self, bot: Session) -> None:
        self._bot = bot
        self._parts = bot.parts
        self._following = asyncio.Lock()

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
