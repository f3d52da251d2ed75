"""What every part of the bot works with: the connection, what answers, and what goes on beside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

import discord
from discord import app_commands

from threadlore.bot import edge
from threadlore.bot.asking import Answered, Asker, Desk
from threadlore.bot.cards import Reply, note
from threadlore.bot.entries import Shelf
from threadlore.bot.parts import BotParts
from threadlore.bot.showing import NOBODY, respond

Interaction = discord.Interaction[Any]

ELSEWHERE = "I serve another server. Ask there, or ask its maintainers to add me here."


def intents() -> discord.Intents:
    """Return what the bot listens to: messages with their text, threads, reactions; no members."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.guild_reactions = True
    wanted.message_content = True
    return wanted


class Session(discord.Client):
    """One connection, to which nobody listens yet. `fatal` is set when the token was refused while it ran."""

    def __init__(self, parts: BotParts) -> None:
        super().__init__(
            intents=intents(),
            allowed_mentions=NOBODY,
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=1.0,
            member_cache_flags=discord.MemberCacheFlags.none(),
            enable_debug_events=True,
        )
        self.parts = parts
        self.home = discord.Object(id=int(parts.settings.discord_guild))
        self.shelf = Shelf(parts.records, parts.desk)
        self.desk = Desk(parts, self.shelf)
        self.fatal: Exception | None = None
        self.tree = CommandTree(self)
        self.due = asyncio.Event()
        """Set to have the housekeeping's next turn at once."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: asyncio.Task[None] | None = None

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Pass an event on; of a connection that ended, nothing more (a late READY comes even then)."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    def background(self, work: Coroutine[Any, Any, object], what: str) -> None:
        """Run `work` beside everything else; what it raises is logged."""

        async def run() -> None:
            error = await edge.caught(work)
            if error is not None:
                self.failed(error, what)

        task = asyncio.create_task(run(), name=what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def failed(self, error: Exception, what: str) -> None:
        """Log an error; a refused token ends the connection, because nothing works without it."""
        edge.report(error, what)
        if edge.is_unauthorized(error) and self.fatal is None:
            self.fatal = error
            # Whoever failed may be one of the tasks that end with the connection.
            self._ending = asyncio.create_task(super().close())

    async def close(self) -> None:
        """End the connection and everything that runs beside it."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await super().close()
        await asyncio.gather(*tasks, return_exceptions=True)

    def asker(self, interaction: Interaction) -> Asker:
        """Return who uses a command or button, and where."""
        return Asker(self.parts.pseudonym(str(interaction.user.id)), str(interaction.channel_id))

    async def answering(self, interaction: Interaction, work: Awaitable[object], what: str) -> None:
        """Await `work`, which answers an interaction; an error becomes words for whoever waits."""
        error = await edge.caught(work)
        if error is None:
            return
        self.failed(error, what)
        untold = await edge.caught(respond(interaction, note(edge.said_of(error))))
        if untold is not None:
            edge.report(untold, f"saying that {what} failed")

    async def show(self, interaction: Interaction, done: Answered | Reply) -> None:
        """Answer a deferred interaction, and remember what others see of it."""
        reply = done.reply if isinstance(done, Answered) else done
        sent = await respond(interaction, reply)
        if sent is not None and isinstance(done, Answered):
            asker = self.asker(interaction)
            await self.desk.remember_shown(sent.id, asker.channel, done, asker.author)


class CommandTree(app_commands.CommandTree[Session]):
    """The commands. An error becomes words for whoever used one."""

    async def interaction_check(self, interaction: discord.Interaction[Session], /) -> bool:
        """Refuse other servers and direct messages, and whoever asks for far too much."""
        typing = interaction.type is discord.InteractionType.autocomplete
        if interaction.guild_id != self.client.home.id or interaction.user.bot:
            if not typing:
                await respond(interaction, note(ELSEWHERE))
            return False
        asker = self.client.asker(interaction)
        if typing:
            if self.client.desk.suggests(asker):
                return True
            await interaction.response.autocomplete([])
            return False
        overused = self.client.desk.overused(asker)
        if overused is not None:
            await respond(interaction, overused)
        return overused is None

    async def on_error(
        self, interaction: discord.Interaction[Session], error: app_commands.AppCommandError, /
    ) -> None:
        """Say what to do, and log the rest."""
        original = getattr(error, "original", error)

        async def failing() -> None:
            raise original

        await self.client.answering(interaction, failing(), "command")
