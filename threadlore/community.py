"""What the bot needs of the ingester: a catch-up by REST, and live events taken in as they come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from threadlore.types import Skipped


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a catch-up or a flush brought in, took out, and could not read."""

    added: int = 0
    changed: int = 0
    deleted: int = 0
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How to read a live community. `quick` reads the lists of archived threads back to the last run alone.

    `recheck_days` reads everything of the last days once more, for edits and deletions that nothing hints
    at; `retry_denied` tries at once what was refused.
    """

    quick: bool = False
    recheck_days: int = 0
    retry_denied: bool = False


class Community(Protocol):
    """A live community as the bot's process reads it: by REST after every fresh READY, by events between.

    Everything goes through scrub, pseudonyms, tombstones and visibility as in `threadlore ingest`.
    """

    async def sync(self, channels: Collection[str] | None = None) -> CaughtUp:
        """Read by REST what is new since the cursors, and what was edited or deleted meanwhile.

        Args:
            channels: Native ids of channels to read; None for all that may be read.

        One runs at a time: a second caller waits for its turn.

        Raises:
            ConfigError: the token is refused, or the message content intent is not switched on.
            Retry: Discord does not answer, or too many of our requests were refused lately.
        """
        ...

    async def event(self, name: str, data: Mapping[str, JsonValue]) -> None:
        """Take in one dispatch of the gateway as it came over the socket: its `t` and its `d`.

        Messages created and edited, reactions, deletions (one, bulk, of a thread, of a channel) and what
        changes who may see a channel are taken; other names are passed over. What is malformed is named in
        the log and passed over. Returns at once: it is stored within seconds, or after the catch-up that is
        going on. What was deleted waits for no catch-up, and goes all the way; where much is deleted at a
        time, in turns that leave the bot nine tenths of its time.
        """
        ...

    async def flush(self) -> CaughtUp:
        """Store what `event` has taken in so far."""
        ...

    async def close(self) -> None:
        """Flush, and end the connections."""
        ...
