"""The bot's connection to Discord: what comes in goes to the part that it is for. Nothing is decided here."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from threadlore.bot import edge
from threadlore.bot.asking import Answered, Asker, Desk
from threadlore.bot.buttons import BotButton, button_handlers
from threadlore.bot.cards import Reply, note
from threadlore.bot.commands import add_commands, forget
from threadlore.bot.custom_ids import ButtonName
from threadlore.bot.entries import Shelf
from threadlore.bot.housekeeping import Housekeeping
from threadlore.bot.posts import Posts
from threadlore.bot.rendering import FORGET
from threadlore.bot.reviewing import ReviewBoard
from threadlore.bot.showing import NOBODY, respond
from threadlore.ids import digest

if TYPE_CHECKING:
    from threadlore.bot.parts import BotParts
    from threadlore.settings import Settings

Interaction = discord.Interaction[Any]
Handler = Callable[[Interaction, ButtonName], Awaitable[None]]

COMMANDS = "commands"
"""Note under which the commands stand that Discord was last given."""

ELSEWHERE = "I serve another server. Ask there, or ask its maintainers to add me here."


def point_at(settings: Settings) -> None:
    """Let discord.py talk to the API and gateway of the settings: a proxy's, or a test's."""
    Route.BASE = settings.discord_api.rstrip("/")
    if settings.discord_gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway)


def intents() -> discord.Intents:
    """Return what the bot listens to: messages with their text, threads, reactions; no members."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.guild_reactions = True
    wanted.message_content = True
    return wanted


class Bot(discord.Client):
    """One connection. `fatal` is set when the token was refused while it ran."""

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
        self.posts = Posts(self)
        self.board = ReviewBoard(self)
        self.housekeeping = Housekeeping(self)
        self.fatal: Exception | None = None
        self.tree = BotTree(self)
        add_commands(self)
        self._presses: dict[str, Handler] = {
            **button_handlers(self),
            **self.board.handlers(),
            FORGET: partial(forget, self),
        }
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        """Take up the buttons of earlier runs, and tell Discord the commands if they changed."""
        self.add_dynamic_items(BotButton)
        made = [command.to_dict(self.tree) for command in self.tree.get_commands(guild=self.home)]
        made += [
            menu.to_dict(self.tree)
            for kind in (discord.AppCommandType.message, discord.AppCommandType.user)
            for menu in self.tree.get_commands(guild=self.home, type=kind)
            if menu.to_dict(self.tree) not in made
        ]
        stamp = digest(json.dumps(made, sort_keys=True), str(self.application_id), str(self.home.id))
        if await asyncio.to_thread(self.parts.desk.note, COMMANDS) != stamp:
            await self.tree.sync(guild=self.home)
            await asyncio.to_thread(self.parts.desk.set_note, COMMANDS, stamp)
        self.background(self.housekeeping.run(), "housekeeping")

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

    async def press(self, interaction: Interaction, name: ButtonName) -> None:
        """Do what a button says; an error becomes words for whoever pressed it."""
        handler = self._presses.get(name.act)
        if handler is None or interaction.guild_id != self.home.id:
            await respond(interaction, note("This button is from another time: it does nothing any more."))
            return
        overused = self.desk.overused(self.asker(interaction))
        if overused is not None:
            await respond(interaction, overused)
            return
        await self.answering(interaction, handler(interaction, name), f"button {name.act}")

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

    async def on_ready(self) -> None:
        """Catch up by REST: a fresh session has missed what happened since the last one."""
        self.background(self.housekeeping.catch_up(), "catch-up")

    async def on_socket_raw_receive(self, received: str | bytes) -> None:
        """Hand every dispatch to the ingester as it came: also those that discord.py cannot read."""
        if self.parts.community is None:
            return
        payload = json.loads(received)
        data = payload.get("d")
        if payload.get("op") != 0 or not isinstance(data, dict):
            return
        if str(data.get("guild_id", self.home.id)) == str(self.home.id):
            await self.parts.community.event(str(payload.get("t")), data)

    async def on_message(self, message: discord.Message) -> None:
        """Answer a new post, or what was asked back; nothing else."""
        await self.posts.message(message)

    async def on_error(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Log what a handler raised; the connection goes on."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            self.failed(error, event)


class BotTree(app_commands.CommandTree[Bot]):
    """The commands. An error becomes words for whoever used one."""

    async def interaction_check(self, interaction: discord.Interaction[Bot], /) -> bool:
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
        self, interaction: discord.Interaction[Bot], error: app_commands.AppCommandError, /
    ) -> None:
        """Say what to do, and log the rest."""
        original = getattr(error, "original", error)

        async def failing() -> None:
            raise original

        await self.client.answering(interaction, failing(), "command")
