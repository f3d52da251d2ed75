"""How many messages there will be, as far as Discord lets one tell."""

from __future__ import annotations

from collections import Counter

from threadlore.ingest.sources.discord_live.messages import snowflake


class Estimate:
    """Counts what is expected of each place against what has come in.

    Threads say how many messages they hold. Channels do not: from how much of a channel's time has been
    read, it is worked out how much will follow; until its first page nothing is expected of it.
    """

    def __init__(self) -> None:
        self._expected: dict[str, float] = {}
        self._met: Counter[str] = Counter()

    def expect(self, key: str, messages: int) -> None:
        """Expect so many messages of a place."""
        self._expected[key] = float(messages)

    def meet(self, key: str, messages: int) -> None:
        """Note that so many came in."""
        self._met[key] += messages

    def reach(self, key: str, begin: str, reached: int, end: str) -> None:
        """Note the id up to which a channel was read, between its own id and its last message's."""
        whole, part = snowflake(end) - snowflake(begin), reached - snowflake(begin)
        if whole > 0 and part > 0:
            self._expected[key] = self._met[key] * max(1.0, whole / part)

    @property
    def total(self) -> int:
        """Messages in all: those that came in and those still expected."""
        places = self._expected.keys() | self._met.keys()
        return round(sum(max(self._expected.get(key, 0.0), self._met[key]) for key in places))
