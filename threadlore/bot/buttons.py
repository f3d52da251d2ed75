"""The buttons below answers. What they need to know is in their names, so they outlive a restart."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from threadlore.bot.access import may_be_shown
from threadlore.bot.cards import Button, Card, Reply, fitted_cards, note
from threadlore.bot.custom_ids import PATTERN, ButtonName, entry_of
from threadlore.bot.deciding import withdrawn
from threadlore.bot.entry_cards import sources_of
from threadlore.bot.modals import TextModal
from threadlore.bot.places import everyone_sees
from threadlore.bot.plain import link, plain
from threadlore.bot.rendering import COMPLETE, HELPFUL, NOT_HELPFUL, PERSON, SOURCES, sources_reply
from threadlore.bot.reviewing import ReviewBoard
from threadlore.bot.session import Session
from threadlore.bot.showing import arguments_of, respond
from threadlore.helpdesk import BotMessage, HandOver, Vote, text_digest
from threadlore.ids import digest

Interaction = discord.Interaction[Any]
DONE = "done"
GONE = note("This entry is not there any more. Please ask again with `/ask`.")
CHANGED = note("This entry has changed since it was shown here. Please ask again with `/ask`.")
THANKS = note("Thank you, that is noted.")
CALLED = note("Noted: it is on the list of the maintainers. Nobody was pinged.")
NOTHING_OPEN = note("I have no open question of yours here. Please ask again with `/ask`.")
CALLED_BEFORE = note("It is on the list of the maintainers already.")


class BotButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=re.compile(PATTERN)):
    """Any button of ours, read from its name."""

    def __init__(self, name: ButtonName) -> None:
        self.name = name
        super().__init__(discord.ui.Button(label="…", custom_id=str(name)))

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> BotButton:
        """Read the button that was pressed."""
        return cls(ButtonName.of(match))

    async def callback(self, interaction: Interaction) -> None:
        """Hand it to the bot."""
        await interaction.client.press(interaction, self.name)


def button_handlers(
    bot: Session, board: ReviewBoard
) -> dict[str, Callable[[Interaction, ButtonName], Awaitable[None]]]:
    """Return what each button below an answer does."""
    buttons = AnswerButtons(bot, board)
    return {
        HELPFUL: buttons.vote,
        NOT_HELPFUL: buttons.vote,
        SOURCES: buttons.sources,
        PERSON: buttons.call,
        COMPLETE: buttons.complete,
        DONE: buttons.close_call,
    }


class AnswerButtons:
    """Votes, sources, a person, the missing number."""

    def __init__(self, bot: Session, board: ReviewBoard) -> None:
        self._bot = bot
        self._board = board
        self._parts = bot.parts

    async def vote(self, interaction: Interaction, name: ButtonName) -> None:
        """Store what a person says of an answer; enough "not helpful" put it back to review."""
        asker = self._bot.asker(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        if await self._bot.desk.opted_out(asker.author):
            await respond(interaction, GONE)
            return
        await respond(interaction, await asyncio.to_thread(self._vote, name, asker.author))

    def _vote(self, name: ButtonName, author: str) -> Reply:
        """Store a vote on the entry as it stands at this moment: nobody else's change is undone."""
        records, desk = self._parts.records, self._parts.desk
        with records.transaction():
            entry = entry_of(name.key, (entry for entry in records.entries() if may_be_shown(entry)))
            if entry is None:
                return GONE
            text, helpful = text_digest(entry), name.act == HELPFUL
            if name.shown != text:
                return CHANGED
            now = self._parts.clock.now()
            desk.save_vote(Vote(entry_id=entry.id, author=author, text=text, helpful=helpful, at=now))
            tally = desk.tallies([entry]).get(entry.id)
            back = withdrawn(entry, tally, self._parts.settings.bot_withdraw_votes) if tally else None
            if back is not None:
                records.save_entries([back])
        return THANKS

    async def sources(self, interaction: Interaction, name: ButtonName) -> None:
        """Show what an entry stands on, to whoever asked."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        entry = entry_of(name.key, await self._bot.shelf.shown())
        await respond(interaction, GONE if entry is None else sources_reply(sources_of(entry)))

    async def call(self, interaction: Interaction, name: ButtonName) -> None:
        """Put a question on the list for a person, and tell the maintainers' channel. Nobody is pinged."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        call = self._call_of(interaction)
        if await self._bot.desk.opted_out(call.author):
            await respond(interaction, GONE)
            return
        limited = self._bot.desk.limited(self._bot.asker(interaction))
        if limited is not None:
            await respond(interaction, limited)
            return
        fresh = await asyncio.to_thread(self._fresh_call, call)
        await respond(interaction, CALLED if fresh else CALLED_BEFORE)
        channel = self._parts.settings.bot_maintainers_channel
        if fresh and channel:
            await self._post_call(call, int(channel))

    def _fresh_call(self, call: HandOver) -> bool:
        """Store a call, unless one from the same message is open: a crowd is one call."""
        with self._parts.records.transaction():
            waiting = any(other.message_id == call.message_id for other in self._parts.desk.handovers())
            return not waiting and self._parts.desk.save_handover(call)

    def _call_of(self, interaction: Interaction) -> HandOver:
        message = interaction.message
        place = f"https://discord.com/channels/{interaction.guild_id}/{interaction.channel_id}"
        url, native = place, interaction.channel_id
        text = message.embeds[0].title or "" if message and message.embeds else ""
        if isinstance(interaction.channel, discord.Thread):
            text = interaction.channel.name
        elif message is not None:
            native = message.id
        if message is not None and not message.flags.ephemeral:
            url = f"{place}/{message.id}"
        if not everyone_sees(interaction.channel, self._parts.settings.discord_everyone):
            # The readers of the maintainers' channel may not see what is said there.
            text = "A question in a private place"
        key = self._parts.message_key(native or interaction.id)
        author = self._bot.asker(interaction).author
        return HandOver(
            id=digest(key, author),
            author=author,
            message_id=key,
            url=url,
            text=self._parts.clean(text),
            at=self._parts.clock.now(),
        )

    async def _post_call(self, call: HandOver, channel: int) -> None:
        card = Card(
            f"{plain(call.text, 300)}\n{link('Go there', call.url)}", title="Somebody asks for a person"
        )
        done = Button("Done", ButtonName(DONE, call.id), "success")
        place = self._bot.get_partial_messageable(channel, guild_id=self._bot.home.id)
        sent = await place.send(**arguments_of(Reply(fitted_cards([card]), (done,))))
        shown = BotMessage(
            message_id=str(sent.id),
            channel=str(channel),
            kind="handover",
            subject=call.id,
            shown="",
            at=call.at,
            author=call.author,
        )
        await asyncio.to_thread(self._parts.desk.save_message, shown)

    async def close_call(self, interaction: Interaction, name: ButtonName) -> None:
        """Take a call off the list; for reviewers."""
        if not await self._board.permitted(interaction):
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        closed = await asyncio.to_thread(self._parts.desk.close_handover, name.key, self._parts.clock.now())
        if closed and interaction.message is not None:
            await interaction.message.delete()
            await asyncio.to_thread(self._parts.desk.drop_messages, [str(interaction.message.id)])
        await respond(interaction, note("Done." if closed else "It is off the list already."))

    async def complete(self, interaction: Interaction, name: ButtonName) -> None:
        """Ask for what is missing, in a window; the answer goes where the question was asked."""

        async def submitted(inner: Interaction, texts: tuple[str, ...]) -> None:
            await inner.response.defer(thinking=True)
            done = await self._bot.desk.complete(texts[0], self._bot.asker(inner))
            await self._bot.show(inner, done or NOTHING_OPEN)

        modal = TextModal("One more thing", (("Your answer", "", False),), submitted)
        await interaction.response.send_modal(modal)
