"""Review from Discord: drafts in the maintainers' channel, decided by those whose roles allow it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord

from threadlore import review
from threadlore.bot import limits
from threadlore.bot.access import has_role, may_be_reviewed_here
from threadlore.bot.cards import Reply, note
from threadlore.bot.custom_ids import ButtonName, entry_of
from threadlore.bot.modals import TextModal
from threadlore.bot.review_cards import (
    APPROVE,
    DECIDED,
    EDIT,
    REJECT,
    decided_reply,
    review_digest,
    review_reply,
    to_put_up,
)
from threadlore.bot.showing import arguments_of, respond
from threadlore.bot.staff_commands import roles_of
from threadlore.helpdesk import BotMessage
from threadlore.review import Change, pending
from threadlore.types import FaqEntry, Message, Visibility

if TYPE_CHECKING:
    from threadlore.bot.client import Bot

Interaction = discord.Interaction[Any]
NOT_ALLOWED = note("This is for the reviewers that the maintainers named in my settings.")
MOVED_ON = note("This draft has changed since it was put up here. Look at it again: I show it anew.")
_log = logging.getLogger(__name__)


class ReviewBoard:
    """The maintainers' channel."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._parts = bot.parts
        self._turn = asyncio.Lock()

    def handlers(self) -> dict[str, Callable[[Interaction, ButtonName], Awaitable[None]]]:
        """Return what each button of a draft does."""
        return {APPROVE: self._approve, EDIT: self._edit, REJECT: self._reject}

    async def permitted(self, interaction: Interaction) -> bool:
        """Tell whether somebody may review, by their roles at this moment; who may not is told so."""
        if has_role(roles_of(interaction), self._parts.settings.bot_review_roles):
            return True
        await respond(interaction, NOT_ALLOWED)
        return False

    def is_private(self, message: Message) -> bool:
        """Tell whether a message stands where not everyone reads."""
        public = {
            channel.id
            for channel in self._parts.records.channels()
            if channel.visibility is Visibility.PUBLIC
        }
        return message.channel_id not in public

    async def put_up(self) -> int:
        """Post the drafts that are due; return how many."""
        channel = await self._channel()
        if channel is None:
            return 0
        everyone = channel.permissions_for(channel.guild.default_role)
        if everyone.view_channel:
            _log.error("drafts are not put up: everyone sees the maintainers' channel %s", channel.id)
            return 0
        async with self._turn:
            due, askers = await asyncio.to_thread(self._due)
            for entry in due:
                if may_be_reviewed_here(entry, everyone.view_channel):
                    await self._post(channel, entry, askers.get(entry.id, 0))
        return len(due)

    async def _channel(self) -> discord.TextChannel | None:
        key = self._parts.settings.bot_maintainers_channel
        if not key:
            return None
        found = self._bot.get_channel(int(key))
        if found is None:
            found = await self._bot.fetch_channel(int(key))
        return found if isinstance(found, discord.TextChannel) else None

    def _due(self) -> tuple[list[FaqEntry], dict[str, int]]:
        entries = self._parts.records.entries()
        wanted = {key for entry in entries for key in entry.question_ids}
        askers = review.count_askers(entries, self._parts.records.questions(sorted(wanted)))
        posted = self._parts.desk.messages_of("review")
        weekly = self._parts.settings.bot_weekly_drafts
        return to_put_up(entries, askers, posted, self._parts.clock.now(), weekly), askers

    async def _post(self, channel: discord.abc.Messageable, entry: FaqEntry, askers: int) -> None:
        sent = await channel.send(**arguments_of(review_reply(entry, askers)))
        await self._remember(sent, entry, review_digest(entry))

    async def _remember(self, message: discord.Message, entry: FaqEntry, shown: str) -> None:
        kept = BotMessage(
            message_id=str(message.id),
            channel=str(message.channel.id),
            kind="review",
            subject=entry.id,
            shown=shown,
            at=self._parts.clock.now(),
        )
        await asyncio.to_thread(self._parts.desk.save_message, kept)

    async def _draft(self, interaction: Interaction, name: ButtonName) -> FaqEntry | None:
        """Return the draft of a button, if whoever pressed may decide and saw it as it is now."""
        if not await self.permitted(interaction):
            return None
        entry = entry_of(name.key, await self._bot.shelf.all())
        if entry is not None and review_digest(entry) == name.shown:
            return entry
        await respond(interaction, MOVED_ON)
        self._bot.background(self._bot.housekeeping.follow_changes(), "showing drafts anew")
        return None

    async def _approve(self, interaction: Interaction, name: ButtonName) -> None:
        entry = await self._draft(interaction, name)
        if entry is None:
            return

        def decide() -> None:
            now, by = self._parts.clock.now(), self._bot.asker(interaction).author
            if pending(entry):
                review.accept_revision(self._parts.records, entry.id, now, by=by)
            else:
                review.approve(self._parts.records, entry.id, now, by=by)

        await self._decide(interaction, entry, decide, "Approved")

    async def _reject(self, interaction: Interaction, name: ButtonName) -> None:
        entry = await self._draft(interaction, name)
        if entry is None:
            return

        def decide() -> None:
            now, by = self._parts.clock.now(), self._bot.asker(interaction).author
            if pending(entry):
                review.reject_revision(self._parts.records, entry.id, now)
            else:
                review.reject(self._parts.records, entry.id, now, by=by)

        await self._decide(interaction, entry, decide, "Rejected")

    async def _edit(self, interaction: Interaction, name: ButtonName) -> None:
        entry = await self._draft(interaction, name)
        if entry is None:
            return
        offered = pending(entry)
        question = offered[-1].question if offered else entry.question
        answer = offered[-1].answer if offered else entry.answer
        if limits.units(answer) > limits.MODAL_TEXT or limits.units(question) > 300:
            await respond(
                interaction, note(f"It is too long for a window: `threadlore review edit {entry.id}`.")
            )
            return

        async def submitted(inner: Interaction, texts: tuple[str, ...]) -> None:
            drafted = await self._draft(inner, name)
            if drafted is None:
                return
            question, answer = (self._parts.clean(text) for text in texts)

            def decide() -> None:
                now, by = self._parts.clock.now(), self._bot.asker(inner).author
                change = Change(question=question, answer=answer, reason="edited in Discord")
                if pending(drafted):
                    review.reject_revision(self._parts.records, drafted.id, now)
                review.edit(self._parts.records, drafted.id, change, now, by=by)
                review.approve(self._parts.records, drafted.id, now, by=by)

            await self._decide(inner, drafted, decide, "Edited and approved")

        fields = (("Question", question, False), ("Answer", answer, True))
        await interaction.response.send_modal(TextModal("Edit and approve", fields, submitted))

    async def _decide(
        self, interaction: Interaction, entry: FaqEntry, decide: Callable[[], None], decision: str
    ) -> None:
        """Carry a decision out, take the draft's words off the channel, and say so."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with self._turn:
            await asyncio.to_thread(decide)
            message = interaction.message
            if message is not None and not message.flags.ephemeral:
                given = arguments_of(decided_reply(entry.id, decision))
                await message.edit(**given, view=None)
                await self._remember(message, entry, DECIDED)
        self._bot.housekeeping.wake()
        await respond(interaction, note(f"{decision}."))

    async def add(self, interaction: Interaction, entry: FaqEntry) -> None:
        """Store a maintainer's draft, and show it to them with the buttons that decide on it."""
        known = {old.id for old in await self._bot.shelf.all()}
        if entry.id in known:
            await respond(interaction, note("There is an entry from this message already."))
            return
        await asyncio.to_thread(self._parts.records.save_entries, [entry])
        shown = review_reply(entry, 0)
        await respond(interaction, Reply(shown.cards, shown.buttons, only_you=True))
