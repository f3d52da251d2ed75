"""Keeps the bot connected: again after what may pass, an end in words after what does not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import discord

from threadlore.bot import edge
from threadlore.errors import ConfigError, Retry, ThreadloreError

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 300.0

_AUTHENTICATION_FAILED = 4004
_NEW_ONE = (
    "Set THREADLORE_DISCORD_TOKEN to the bot's token: Discord's developer portal, your application, Bot, "
    "Reset Token."
)
_SWITCH_ON = (
    "Switch on Message Content Intent: Discord's developer portal, your application, Bot, Privileged "
    "Gateway Intents."
)
_CLOSED_FOR_GOOD = {
    4010: "Discord refuses this connection: invalid shard.",
    4011: "Discord wants this bot sharded: it is on too many servers.",
    4012: "Discord no longer speaks this version of its gateway.",
    4013: "Discord does not know an intent that this bot asks for.",
}
_log = logging.getLogger(__name__)


class Connection(Protocol):
    """One life of the bot, from login to close."""

    fatal: Exception | None

    async def start(self, token: str) -> None:
        """Connect, and return when the connection was closed on purpose."""
        ...

    async def close(self) -> None:
        """End it."""
        ...

    def is_ready(self) -> bool:
        """Tell whether it had come as far as READY."""
        ...


def final(error: Exception | None) -> ThreadloreError | None:
    """Return what ends the program, in words; None for what may pass."""
    if isinstance(error, ThreadloreError) and not isinstance(error, Retry):
        return error
    if isinstance(error, discord.LoginFailure) or edge.is_unauthorized(error):
        return ConfigError("Discord refuses the token of the bot.", _NEW_ONE)
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return ConfigError("The bot may not read the text of messages.", _SWITCH_ON)
    if isinstance(error, discord.ConnectionClosed):
        if error.code == _AUTHENTICATION_FAILED:
            return ConfigError("Discord no longer accepts the token of the bot.", _NEW_ONE)
        if error.code in _CLOSED_FOR_GOOD:
            return ConfigError(_CLOSED_FOR_GOOD[error.code], "Install the newest version of Threadlore.")
    return None


async def _lived(client: Connection, token: str) -> tuple[Exception | None, bool]:
    """Return what ended one life of a client, and whether it had been ready.

    It runs in a task of its own, which is closed as well as cancelled: discord.py connects under
    `asyncio.wait_for`, which swallows a cancellation that comes just as the connection fails (until
    Python 3.12), and would then go on connecting for ever.
    """
    life = asyncio.ensure_future(edge.caught(client.start(token)))
    try:
        await asyncio.wait([life])
        return life.result(), client.is_ready()
    finally:
        await client.close()
        life.cancel()
        await asyncio.wait([life])


async def serve(
    make: Callable[[], Connection],
    token: str,
    wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Keep a bot connected until it is closed on purpose.

    A malformed event, a failed first connection or a lost session ends a life of the client; the next one
    begins after a wait that doubles, up to five minutes, and starts over once a connection was ready.

    Args:
        make: Makes a client for one life.
        token: The bot's token.
        wait: Waits so many seconds.

    Raises:
        ConfigError: the token or an intent is refused: no retry helps.
    """
    seconds = FIRST_WAIT_SECONDS
    while True:
        client = make()
        error, ready = await _lived(client, token)
        error = client.fatal or error
        ended = final(error)
        if ended is not None:
            raise ended from error
        if error is None:
            return
        seconds = FIRST_WAIT_SECONDS if ready else seconds
        edge.report(error, f"the connection to Discord; again in {seconds:g} s; it")
        await wait(seconds)
        seconds = min(seconds * 2, LONGEST_WAIT_SECONDS)
