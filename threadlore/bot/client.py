"""The bot's connection to Discord: what comes in goes to the part that it is for. Nothing is decided here."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from threadlore.bot.buttons import BotButton, button_handlers
from threadlore.bot.cards import note
from threadlore.bot.commands import add_commands, forget
from threadlore.bot.custom_ids import ButtonName
from threadlore.bot.follower import Follower
from threadlore.bot.housekeeping import Housekeeping
from threadlore.bot.parts import BotParts
from threadlore.bot.posts import Posts
from threadlore.bot.rendering import FORGET
from threadlore.bot.reviewing import ReviewBoard
from threadlore.bot.session import Interaction, Session
from threadlore.bot.showing import respond
from threadlore.ids import digest
from threadlore.settings import Settings

Handler = Callable[[Interaction, ButtonName], Awaitable[None]]

COMMANDS = "commands"
"""Note under which the commands stand that Discord was last given."""


def point_at(settings: Settings) -> None:
    """Let discord.py talk to the API and gateway of the settings: a proxy's, or a test's."""
    Route.BASE = settings.discord_api.rstrip("/")
    if settings.discord_gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway)


class Bot(Session):
    """The connection with everybody who listens to it."""

    def __init__(self, parts: BotParts) -> None:
        super().__init__(parts)
        self.posts = Posts(self)
        self.follower = Follower(self)
        self.board = ReviewBoard(self, self.follower)
        self.housekeeping = Housekeeping(self, self.posts, self.board, self.follower)
        add_commands(self, self.board)
        self._presses: dict[str, Handler] = {
            **button_handlers(self, self.board),
            **self.board.handlers(),
            FORGET: partial(forget, self, self.follower),
        }

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
