"""Review from Discord: drafts in the maintainers' channel, decided by those whose roles allow it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord

from threadlore import review
from threadlore.bot import limits
from threadlore.bot.access import has_role, may_be_reviewed_here
from threadlore.bot.cards import Reply, note
from threadlore.bot.custom_ids import ButtonName, entry_of
from threadlore.bot.follower import Follower
from threadlore.bot.modals import TextModal
from threadlore.bot.places import everyone_sees, roles_of
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
from threadlore.bot.session import Session
from threadlore.bot.showing import arguments_of, respond
from threadlore.helpdesk import BotMessage
from threadlore.review import Change, pending
from threadlore.types import FaqEntry, Message, Visibility

Interaction = discord.Interaction[Any]
NOT_ALLOWED = note("This is for the reviewers that the maintainers named in my settings.")
MOVED_ON = note("This draft has changed since it was put up here. Look at it again: I show it anew.")
_log = logging.getLogger(__name__)


class ReviewBoard:
    """The maintainers' channel."""

    def __init__(self, bot: Session, follower: Follower) -> None:
        self._bot = bot
        self._follower = follower
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
        """Tell whether a message stands where not everyone reads: channel or thread."""
        public = {
            channel.id
            for channel in self._parts.records.channels()
            if channel.visibility is Visibility.PUBLIC
        }
        if message.channel_id not in public:
            return True
        threads = self._parts.records.threads([message.thread_id] if message.thread_id else [])
        return any(thread.visibility is not Visibility.PUBLIC for thread in threads)

    async def put_up(self) -> int:
        """Post the drafts that are due; return how many."""
        channel = await self._channel()
        if channel is None:
            return 0
        everyone = everyone_sees(channel, self._parts.settings.discord_everyone)
        if everyone:
            _log.error("drafts are not put up: everyone sees the maintainers' channel %s", channel.id)
            return 0
        async with self._turn:
            due, askers = await asyncio.to_thread(self._due)
            for entry in due:
                if may_be_reviewed_here(entry, everyone):
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
        entry = self._shown_by(name, await self._bot.shelf.all())
        if entry is None:
            await self._moved_on(interaction)
        return entry

    async def _approve(self, interaction: Interaction, name: ButtonName) -> None:
        entry = await self._draft(interaction, name)
        if entry is None:
            return

        def decide(entry: FaqEntry) -> None:
            now, by = self._parts.clock.now(), self._bot.asker(interaction).author
            if pending(entry):
                review.accept_revision(self._parts.records, entry.id, now, by=by)
            else:
                review.approve(self._parts.records, entry.id, now, by=by)

        await self._decide(interaction, name, decide, "Approved")

    async def _reject(self, interaction: Interaction, name: ButtonName) -> None:
        entry = await self._draft(interaction, name)
        if entry is None:
            return

        def decide(entry: FaqEntry) -> None:
            now, by = self._parts.clock.now(), self._bot.asker(interaction).author
            if pending(entry):
                review.reject_revision(self._parts.records, entry.id, now)
            else:
                review.reject(self._parts.records, entry.id, now, by=by)

        await self._decide(interaction, name, decide, "Rejected")

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

            def decide(drafted: FaqEntry) -> None:
                now, by = self._parts.clock.now(), self._bot.asker(inner).author
                change = Change(question=question, answer=answer, reason="edited in Discord")
                if pending(drafted):
                    review.reject_revision(self._parts.records, drafted.id, now)
                review.edit(self._parts.records, drafted.id, change, now, by=by)
                review.approve(self._parts.records, drafted.id, now, by=by)

            await self._decide(inner, name, decide, "Edited and approved")

        fields = (("Question", question, False), ("Answer", answer, True))
        await interaction.response.send_modal(TextModal("Edit and approve", fields, submitted))

    async def _decide(
        self, interaction: Interaction, name: ButtonName, decide: Callable[[FaqEntry], None], decision: str
    ) -> None:
        """Carry a decision out, take the draft's words off the channel, and say so."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with self._turn:
            entry = await asyncio.to_thread(self._carried_out, name, decide)
            if entry is None:
                await self._moved_on(interaction)
                return
            message = interaction.message
            if message is not None and not message.flags.ephemeral:
                given = arguments_of(decided_reply(entry.id, decision))
                await message.edit(**given, view=None)
                await self._remember(message, entry, DECIDED)
        self._bot.due.set()
        await respond(interaction, note(f"{decision}."))

    def _carried_out(self, name: ButtonName, decide: Callable[[FaqEntry], None]) -> FaqEntry | None:
        """Decide on a draft if it still is what was shown: of two who press at once, one decides."""
        with self._parts.records.transaction():
            entry = self._shown_by(name, self._parts.records.entries())
            if entry is not None:
                decide(entry)
            return entry

    @staticmethod
    def _shown_by(name: ButtonName, entries: Sequence[FaqEntry]) -> FaqEntry | None:
        """Return the draft of a button, None where it waits for nobody or is not what was shown."""
        entry = entry_of(name.key, entries)
        if entry is None or not review.review_queue([entry], {}) or review_digest(entry) != name.shown:
            return None
        return entry

    async def _moved_on(self, interaction: Interaction) -> None:
        await respond(interaction, MOVED_ON)
        self._bot.background(self._follower.follow_changes(), "showing drafts anew")

    async def add(self, interaction: Interaction, entry: FaqEntry) -> None:
        """Store a maintainer's draft, and show it to them with the buttons that decide on it."""
        refused = await asyncio.to_thread(self._added, entry)
        if refused:
            await respond(interaction, note(refused))
            return
        shown = review_reply(entry, 0)
        await respond(interaction, Reply(shown.cards, shown.buttons, only_you=True))

    def _added(self, entry: FaqEntry) -> str:
        """Store a draft, or return why not: its message may be gone since the window was opened."""
        records = self._parts.records
        with records.transaction():
            if any(old.id == entry.id for old in records.entries()):
                return "There is an entry from this message already."
            if not records.messages([cited.source_id for cited in entry.citations]):
                return "This message was deleted meanwhile, so nothing is made of it."
            records.save_entries([entry])
            return ""
