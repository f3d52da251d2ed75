"""What maintainers use: /report, "Add to FAQ"."""

from __future__ import annotations

import asyncio
from typing import Any

import discord

from threadlore.bot import limits
from threadlore.bot.access import has_role
from threadlore.bot.adding import added_entry
from threadlore.bot.cards import note
from threadlore.bot.modals import TextModal
from threadlore.bot.places import roles_of
from threadlore.bot.report import report_reply
from threadlore.bot.reviewing import ReviewBoard
from threadlore.bot.session import Session
from threadlore.bot.showing import respond

Interaction = discord.Interaction[Any]
NOT_READ = note(
    "I have not read this message in, so I cannot quote it: its channel is not one that I read, or it was "
    "deleted, or its author asked to be forgotten."
)
NOT_YOURS = note("This is for the roles that the maintainers named in my settings.")
PRIVATE = note("This stands in a private place. What comes from there goes into no FAQ that others see.")


def add_staff_commands(bot: Session, board: ReviewBoard) -> None:
    """Add the commands; who may use them is decided at each use."""

    @bot.tree.command(name="report", description="What people ask; for maintainers.", guild=bot.home)
    async def report(interaction: Interaction) -> None:
        wanted = bot.parts.settings.bot_report_roles
        if not has_role(roles_of(interaction), wanted):
            await respond(interaction, NOT_YOURS)
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        bundle = await asyncio.to_thread(bot.parts.report)
        await respond(interaction, report_reply(bundle))

    @bot.tree.context_menu(name="Add to FAQ", guild=bot.home)
    async def add_to_faq(interaction: Interaction, message: discord.Message) -> None:
        if not await board.permitted(interaction):
            return
        await _ask_for_entry(bot, board, interaction, bot.parts.message_key(message.id))


async def _ask_for_entry(bot: Session, board: ReviewBoard, interaction: Interaction, key: str) -> None:
    """Let a maintainer write the question, and the answer from a message that was read in."""
    found = await asyncio.to_thread(bot.parts.records.messages, [key])
    if not found:
        await respond(interaction, NOT_READ)
        return
    message = found[0]
    private = await asyncio.to_thread(board.is_private, message)
    if private:
        await respond(interaction, PRIVATE)
        return

    async def submitted(inner: Interaction, texts: tuple[str, ...]) -> None:
        await inner.response.defer(ephemeral=True, thinking=True)
        if not await board.permitted(inner):
            return
        clean = tuple(bot.parts.clean(text) for text in texts)
        by = bot.asker(inner).author
        entry = added_entry(message, clean[0], clean[1], by, bot.parts.clock.now())
        await board.add(inner, entry)

    title = interaction.channel.name if isinstance(interaction.channel, discord.Thread) else ""
    question = limits.one_line(bot.parts.clean(title), 300)
    answer = limits.cut(message.text, limits.MODAL_TEXT)
    fields = (("Question", question, False), ("Answer", answer, True))
    await interaction.response.send_modal(TextModal("Add to FAQ", fields, submitted))
