"""The commands that members use: /ask, /faq, "Answer this", /forget-me."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from threadlore.bot import limits
from threadlore.bot.access import Author, is_ignored
from threadlore.bot.asking import OPTED_OUT, Answered, Asker
from threadlore.bot.cards import Button, Card, Reply, fitted_cards, note
from threadlore.bot.custom_ids import ButtonName
from threadlore.bot.entry_cards import entry_reply, list_reply
from threadlore.bot.follower import Follower
from threadlore.bot.rendering import FORGET
from threadlore.bot.reviewing import ReviewBoard
from threadlore.bot.session import Session
from threadlore.bot.showing import respond
from threadlore.bot.staff_commands import add_staff_commands
from threadlore.bot.tool_commands import add_tool_commands
from threadlore.seams import Answer

Interaction = discord.Interaction[Any]
Question = app_commands.Range[str, 3, 1000]
_LISTED = 10
_FORGETTING = (
    "I delete every message of yours that I keep, with every quote, vector, question and vote that came "
    "from them, and take nothing of yours in again. Your messages in Discord itself stay where they are."
)


def add_commands(bot: Session, board: ReviewBoard) -> None:
    """Add every command to the bot's tree, for its own server alone."""
    _add_ask(bot)
    _add_faq(bot)
    _add_forget(bot)
    add_tool_commands(bot)
    add_staff_commands(bot, board)


async def _refused(bot: Session, interaction: Interaction, asker: Asker) -> bool:
    """Tell a person why nothing is answered now; a deferral that others see is taken back."""
    if not await bot.desk.opted_out(asker.author):
        return False
    await interaction.delete_original_response()
    await interaction.followup.send(OPTED_OUT, ephemeral=True)
    return True


def _add_ask(bot: Session) -> None:
    async def ask_for(interaction: Interaction, question: str, private: bool, show: bool) -> None:
        asker = bot.asker(interaction)
        limited = bot.desk.limited(asker)
        if limited is not None:
            await respond(interaction, limited)
            return
        await interaction.response.defer(ephemeral=private, thinking=True)
        if not await _refused(bot, interaction, asker):
            done = await bot.desk.answer(question, asker, show_question=show)
            await bot.show(interaction, done)

    @bot.tree.command(name="ask", description="Ask; I answer from the reviewed FAQ.", guild=bot.home)
    @app_commands.describe(question="Your question, in your own words.", private="Only you see the answer.")
    async def ask(interaction: Interaction, question: Question, private: bool = False) -> None:
        await ask_for(interaction, question, private, True)

    @ask.autocomplete("question")
    async def suggest(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = await bot.shelf.search(current, limits.CHOICES) if current.strip() else []
        whole = [entry.question for entry in found if limits.units(entry.question) <= limits.CHOICE]
        return [app_commands.Choice(name=text, value=text) for text in whole[:10]]

    @bot.tree.context_menu(name="Answer this", guild=bot.home)
    async def answer_this(interaction: Interaction, message: discord.Message) -> None:
        author = Author(
            bot=message.author.bot,
            webhook=message.webhook_id is not None,
            system=message.is_system(),
            self=message.author.id == getattr(bot.user, "id", None),
            opted_out=await bot.desk.opted_out(bot.parts.pseudonym(str(message.author.id))),
        )
        if is_ignored(author) or not message.content.strip():
            await respond(interaction, note("There is no question here that I may answer."))
            return
        await ask_for(interaction, message.content, False, False)


def _add_faq(bot: Session) -> None:
    group = app_commands.Group(name="faq", description="The reviewed FAQ.", guild_ids=[bot.home.id])

    @group.command(name="search", description="List the entries that fit some words.")
    @app_commands.describe(words="What you look for.")
    async def search(interaction: Interaction, words: app_commands.Range[str, 1, 200]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await respond(interaction, list_reply(await bot.shelf.search(words, _LISTED), words))

    @group.command(name="show", description="Show one entry of the FAQ.")
    @app_commands.describe(entry="Begin to write, and choose.")
    async def show(interaction: Interaction, entry: app_commands.Range[str, 1, 100]) -> None:
        await interaction.response.defer(thinking=True)
        found = await bot.shelf.find(entry) or next(iter(await bot.shelf.search(entry, 1)), None)
        if found is None:
            await respond(interaction, note("There is no such entry. `/faq search` lists what there is."))
            return
        answered = Answered(Answer("answered", found.answer, 1.0, found.id), found, entry_reply(found))
        await bot.show(interaction, answered)

    @show.autocomplete("entry")
    async def suggest(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = await bot.shelf.search(current, limits.CHOICES)
        return [
            app_commands.Choice(name=limits.one_line(entry.question, limits.CHOICE), value=entry.id)
            for entry in found
            if limits.units(entry.id) <= limits.CHOICE
        ]

    bot.tree.add_command(group, guild=bot.home)


def _add_forget(bot: Session) -> None:
    @bot.tree.command(
        name="forget-me", description="Delete everything that I keep of you, for good.", guild=bot.home
    )
    async def forget_me(interaction: Interaction) -> None:
        sure = Button("Delete it all", ButtonName(FORGET, ""), "danger")
        await respond(interaction, Reply(fitted_cards([Card(_FORGETTING)]), (sure,), only_you=True))


async def forget(bot: Session, follower: Follower, interaction: Interaction, name: ButtonName) -> None:
    """Delete whoever pressed the button, all the way."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await bot.parts.forget(str(interaction.user.id))
    await follower.follow_changes()
    await respond(interaction, note("It is deleted, and nothing of yours comes in again."))
