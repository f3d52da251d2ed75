"""New posts in forums that are switched on, and replies to what was asked back. Silence is the rule."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord

from threadlore.bot.access import Author, is_ignored
from threadlore.bot.asking import Answered, Asker
from threadlore.bot.cards import Reply
from threadlore.bot.deciding import answers_post
from threadlore.bot.session import Session
from threadlore.bot.showing import arguments_of

TOO_EARLY = 40058
"""Discord's code for a thread whose starter message it does not have yet, though it sent it."""
UNKNOWN_MESSAGE = 10008
TRIES = 5
FIRST_WAIT_SECONDS = 0.5

FRESH = timedelta(hours=1)
"""How old a post may be that is met late, after an outage. An old one has been read by people."""


class Posts:
    """Answers a post once, on its starter message, when the answer is surely right."""

    def __init__(self, bot: Session) -> None:
        self._bot = bot
        self._parts = bot.parts

    async def message(self, message: discord.Message) -> None:
        """Look at a new message: a post's first, or a reply to the bot."""
        if message.guild is None or message.guild.id != self._bot.home.id:
            return
        if self._foreign(message):
            return
        if message.id == message.channel.id:
            await self._post(message)
        elif self._replies_to_bot(message):
            await self._reply(message)

    def _foreign(self, message: discord.Message) -> bool:
        """Tell at once whether nobody wrote this who is ever answered."""
        user = self._bot.user
        author = Author(
            bot=message.author.bot,
            webhook=message.webhook_id is not None,
            system=message.is_system(),
            self=user is not None and message.author.id == user.id,
            opted_out=False,
        )
        return is_ignored(author)

    def _asker(self, message: discord.Message) -> Asker:
        return Asker(
            self._parts.pseudonym(str(message.author.id)),
            str(message.channel.id),
            self._parts.message_key(message.id),
        )

    async def _post(self, message: discord.Message) -> None:
        thread = await self._thread(message)
        if thread is None or str(thread.parent_id) not in self._parts.settings.bot_forums:
            return
        asker = self._asker(message)
        if await self._bot.desk.opted_out(asker.author):
            return
        # Every catch-up meets the fresh posts: what was judged costs nobody a question, and no model a call.
        if await asyncio.to_thread(self._parts.desk.knows_post, str(thread.id)):
            return
        if not message.content.strip() or self._bot.desk.limited(asker) is not None:
            return
        # Who reads the answer reads the post above it; the author's words stay theirs to delete.
        done = await self._bot.desk.judge(f"{thread.name}\n{message.content}", show_question=False)
        tally = (await self._bot.shelf.tallies()).get(done.entry.id) if done.entry else None
        # Taken only now: a bot that ends while it judges meets the post again. One that ends from here on
        # is silent about it: better than twice.
        now = self._parts.clock.now()
        if not await asyncio.to_thread(self._parts.desk.claim_post, str(thread.id), now):
            return
        if not answers_post(done.answer, done.entry, self._parts.settings.bot_threshold, tally):
            return
        reference = message.to_reference(fail_if_not_exists=False)
        sent = await self._send(thread, done.reply, reference)
        await self._bot.desk.remember_shown(sent.id, str(thread.id), done)

    async def _thread(self, message: discord.Message) -> discord.Thread | None:
        """Return the post of a starter message; one that discord.py does not know is asked for."""
        channel = message.channel
        if isinstance(channel, discord.Thread):
            return channel
        if isinstance(channel, discord.PartialMessageable):
            found = await self._bot.fetch_channel(channel.id)
            return found if isinstance(found, discord.Thread) else None
        return None

    async def _send(
        self, place: discord.abc.Messageable, reply: Reply, reference: discord.MessageReference
    ) -> discord.Message:
        """Send; again a few times where Discord does not have the starter message yet."""
        given = arguments_of(reply)
        for attempt in range(TRIES):
            try:
                return await place.send(**given, reference=reference, mention_author=False)
            except discord.HTTPException as error:
                if error.code not in {TOO_EARLY, UNKNOWN_MESSAGE} or attempt == TRIES - 1:
                    raise
            await asyncio.sleep(FIRST_WAIT_SECONDS * 2**attempt)
        raise AssertionError("the last try either sends or raises")

    def _replies_to_bot(self, message: discord.Message) -> bool:
        reference = message.reference
        resolved = reference.resolved if reference else None
        user = self._bot.user
        return isinstance(resolved, discord.Message) and user is not None and resolved.author.id == user.id

    async def _reply(self, message: discord.Message) -> None:
        """Take a reply for the number that was asked for, if that person was asked for one here."""
        asker = self._asker(message)
        if await self._bot.desk.opted_out(asker.author):
            return
        done = await self._bot.desk.complete(message.content, asker)
        if done is None:
            return
        reply = done.reply if isinstance(done, Answered) else done
        reference = message.to_reference(fail_if_not_exists=False)
        sent = await self._send(message.channel, reply, reference)
        if isinstance(done, Answered):
            await self._bot.desk.remember_shown(sent.id, asker.channel, done, asker.author)

    async def missed(self) -> None:
        """Meet the posts that were opened while the bot was away: fresh ones that nobody answered."""
        since = self._parts.clock.now() - FRESH
        for key in self._parts.settings.bot_forums:
            forum = self._bot.get_channel(int(key))
            if not isinstance(forum, discord.ForumChannel):
                continue
            for thread in forum.threads:
                if thread.created_at and thread.created_at > since and not thread.message_count:
                    await self._missed(thread)

    async def _missed(self, thread: discord.Thread) -> None:
        try:
            starter = await thread.fetch_message(thread.id)
        except (discord.NotFound, discord.Forbidden):
            return
        await self.message(starter)
