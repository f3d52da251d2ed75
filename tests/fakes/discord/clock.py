"""Time and ids of the fake: a clock that tests can move, and snowflakes minted from it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
"""Start of 2015 in Unix milliseconds, the zero of a snowflake's time."""


class Clock:
    """Real time plus what a test has added to it.

    It runs with real time because discord.py compares ids with the machine's own clock.
    """

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> datetime:
        """Return the time of the fake, UTC."""
        return datetime.fromtimestamp(time.time() + self.ahead_s, UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.ahead_s += seconds


class Snowflakes:
    """Unique ids whose upper bits say when they were minted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken: dict[int, int] = {}

    def mint(self, at: datetime | None = None) -> int:
        """Return an id that no one has yet, of the time `at` (now without one)."""
        moment = self._clock.now() if at is None else at
        milliseconds = int(moment.timestamp() * 1000) - DISCORD_EPOCH_MS
        count = self._taken.get(milliseconds, 0)
        self._taken[milliseconds] = count + 1
        milliseconds, count = milliseconds + count // 4096, count % 4096
        return (milliseconds << 22) | count


def minted_at(snowflake: int) -> datetime:
    """Return the time that an id holds."""
    return datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000, UTC)


def stamp(moment: datetime | None) -> str | None:
    """Return a time as Discord writes it, or None."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")
