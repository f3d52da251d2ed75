"""The process edge: whatever goes wrong becomes a line in the log, and words for whoever waits."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

import discord

from threadlore.bot.plain import plain
from threadlore.errors import Locked, Retry
from threadlore.ids import digest
from threadlore.tools.base import ToolInputError

_log = logging.getLogger(__name__)

UNAUTHORIZED = 401


async def caught(work: Awaitable[object]) -> Exception | None:
    """Return what `work` raised, or None."""
    try:
        await work
    except Exception as error:
        return error
    return None


def said_of(error: Exception) -> str:
    """Return what a person is told of an error: what to do, and nothing of how things are inside."""
    if isinstance(error, ToolInputError):
        # It repeats what was given.
        return plain(f"{error.message} {error.hint}".strip(), 1500)
    if isinstance(error, Locked | Retry | TimeoutError):
        return "I am busy right now. Please try again in a minute."
    return (
        "Something went wrong on my side, and it is in my log as "
        f"`{reference(error)}`. Please try again, or ask in the channel: people read along there."
    )


def reference(error: BaseException) -> str:
    """Return a short name of an error, the same in the log and in what a person is told."""
    return digest(type(error).__name__, str(error), length=8)


def report(error: BaseException, what: str) -> None:
    """Write an error to the log; what a person wrote is not in it."""
    if isinstance(error, ToolInputError):
        return
    _log.error("%s failed [%s]", what, reference(error), exc_info=error)


def is_unauthorized(error: BaseException | None) -> bool:
    """Tell whether Discord refused the token: nothing works any more, and no retry helps."""
    return isinstance(error, discord.HTTPException) and error.status == UNAUTHORIZED
