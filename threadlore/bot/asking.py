"""One question on its way through the bot: limits, the answer, what is remembered of it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from threadlore.bot.cards import Reply, note
from threadlore.bot.completing import completed, missing_argument
from threadlore.bot.entries import Shelf
from threadlore.bot.following import TOOL
from threadlore.bot.parts import BotParts
from threadlore.bot.rendering import answer_reply
from threadlore.bot.requests import minutes
from threadlore.helpdesk import AskedBack, BotMessage, text_digest
from threadlore.ids import digest
from threadlore.seams import Answer
from threadlore.types import FaqEntry

LONGEST = 4000
"""Characters of a question that are read."""

ANSWER_TIME = timedelta(minutes=10)
"""How long a question that was asked back waits."""

PATIENCE = timedelta(seconds=60)
"""How long an answer may take before the asker is told to try again."""

_log = logging.getLogger(__name__)

OPTED_OUT = "You asked me to forget you, so I keep nothing of yours and answer nothing."


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where. `author` is a pseudonym, `channel` a native id."""

    author: str
    channel: str
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with the entry it came from, and how it is shown."""

    answer: Answer
    entry: FaqEntry | None
    reply: Reply


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers questions for every face of the bot."""

    parts: BotParts
    shelf: Shelf

    def limited(self, asker: Asker) -> Reply | None:
        """Return why this question is not answered now, or None and count it."""
        wait = self.parts.limits.ask(asker.author, asker.channel, self.parts.clock.now())
        if not wait:
            return None
        return note(f"That is a lot of questions at once. Please ask again in {minutes(wait)} min.")

    def overused(self, asker: Asker) -> Reply | None:
        """Return why a button or command does nothing now, or None and count it."""
        wait = self.parts.limits.uses.take(asker.author, self.parts.clock.now())
        if not wait:
            return None
        return note(f"That is a lot at once. Please try again in {minutes(wait)} min.")

    def suggests(self, asker: Asker) -> bool:
        """Tell whether more suggestions are made to a person who writes, and count it."""
        return not self.parts.limits.letters.take(asker.author, self.parts.clock.now())

    async def opted_out(self, author: str) -> bool:
        """Tell whether a person asked to be forgotten."""
        return await asyncio.to_thread(self.parts.desk.opted_out, author)

    async def judge(self, question: str, *, show_question: bool = True) -> Answered:
        """Return the answer to a question, as it is shown.

        Raises:
            TimeoutError: it took too long.
        """
        question = question.strip()[:LONGEST]
        # Given up on, it goes on: what it prepares is there for the next question.
        answering = asyncio.ensure_future(self.parts.answerer.answer(question))
        async with asyncio.timeout(PATIENCE.total_seconds()):
            answer = await asyncio.shield(answering)
        if answer.model_failed:
            _log.warning("answered without the model: %s", answer.model_failed)
        entry = await self.shelf.find(answer.entry_id)
        if answer.kind == "answered" and entry is None:
            # It was taken back this very moment.
            answer = Answer("unknown", "What I knew about this was just taken back.", 0.0)
        tally = (await self.shelf.tallies()).get(entry.id) if entry else None
        shown = question if show_question else ""
        return Answered(answer, entry, answer_reply(answer, entry, question=shown, tally=tally))

    async def answer(self, question: str, asker: Asker, *, show_question: bool = True) -> Answered:
        """Return the answer to a question; what is asked back is remembered.

        Raises:
            TimeoutError: it took too long.
        """
        done = await self.judge(question, show_question=show_question)
        if done.answer.kind == "ask_back":
            await self._remember(question.strip()[:LONGEST], done.answer, asker)
        return done

    async def _remember(self, question: str, answer: Answer, asker: Asker) -> None:
        now = self.parts.clock.now()
        missing = missing_argument(answer.tool or "", dict(answer.arguments))
        asked = AskedBack(
            id=digest(asker.author, asker.channel, now.isoformat()),
            author=asker.author,
            channel=asker.channel,
            message_id=asker.message_id,
            question=self.parts.clean(question),
            missing=missing,
            deadline=now + ANSWER_TIME,
        )
        await asyncio.to_thread(self.parts.desk.save_asked_back, asked)

    async def complete(self, said: str, asker: Asker) -> Answered | Reply | None:
        """Return the answer to what was asked back, now that the asker has said what was missing.

        None where this person was asked nothing here, or it is too late.
        """
        now = self.parts.clock.now()
        asked = await asyncio.to_thread(self.parts.desk.take_asked_back, asker.author, asker.channel, now)
        if asked is None:
            return None
        question = completed(asked.question, asked.missing, said[:LONGEST])
        if question is None:
            await asyncio.to_thread(self.parts.desk.save_asked_back, asked)
            return note("I could not read that. Please say it in a few words, such as `10M` or `768`.")
        return await self.answer(question, asker)

    async def remember_shown(
        self, message_id: int, channel: str, answered: Answered, author: str = ""
    ) -> None:
        """Keep what a message of the bot shows, so that it follows when the entry changes or goes."""
        entry = answered.entry
        shown = BotMessage(
            message_id=str(message_id),
            channel=channel,
            kind="answer",
            subject=entry.id if entry else "",
            shown=TOOL if answered.answer.kind == "tool" else text_digest(entry) if entry else "",
            at=self.parts.clock.now(),
            author=author,
        )
        await asyncio.to_thread(self.parts.desk.save_message, shown)
