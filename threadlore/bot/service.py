"""The bot as a process: it is served until somebody ends it, and closed in order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from threadlore.bot.client import Bot, point_at
from threadlore.bot.parts import BotParts
from threadlore.bot.supervisor import serve
from threadlore.errors import ConfigError
from threadlore.settings import Settings


def check_settings(settings: Settings) -> None:
    """Refuse settings with which the bot could not work.

    Raises:
        ConfigError: the server is not named, or an id is none.
    """
    if not settings.discord_guild:
        raise ConfigError(
            "The settings name no Discord server.", "Set discord_guild to its id in threadlore.toml."
        )
    ids = {
        "discord_guild": settings.discord_guild,
        "bot_maintainers_channel": settings.bot_maintainers_channel or "0",
        **{f"bot_forums ({key})": key for key in settings.bot_forums},
    }
    wrong = [name for name, value in ids.items() if not value.isascii() or not value.isdigit()]
    if wrong:
        raise ConfigError(
            f"{', '.join(wrong)} is no id.",
            "Switch on Developer Mode in Discord, then right-click the server or channel: Copy ID.",
        )


async def run_bot(
    parts: BotParts, token: str, beside: Callable[[], Coroutine[Any, Any, None]] | None = None
) -> None:
    """Serve the bot until SIGINT or SIGTERM, with `beside` running beside it.

    Raises:
        ConfigError: the token or an intent is refused.
    """
    point_at(parts.settings)
    loop = asyncio.get_running_loop()
    serving = asyncio.ensure_future(serve(lambda: Bot(parts), token))
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, serving.cancel)
    other = asyncio.ensure_future(beside()) if beside else None
    try:
        with suppress(asyncio.CancelledError):
            await serving
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
        if other is not None:
            other.cancel()
            await asyncio.gather(other, return_exceptions=True)
        if parts.community is not None:
            await parts.community.close()
