"""How many requests are answered: so many by person and by channel in a while. Pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
USES = 10
"""Buttons and commands that a person may use for each question of the limit: they cost a write at most."""

LETTERS = 60
"""Suggestions while they write, for each question of the limit: Discord asks at nearly every letter."""

_KEYS = 10_000
"""Most keys that are remembered; those that asked longest ago go first."""


@dataclass(slots=True)
class RequestLimit:
    """A sliding window: at most `most` requests of a key in `window`."""

    most: int
    window: timedelta = WINDOW
    _times: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._times)

    def wait(self, key: str, now: datetime) -> timedelta:
        """Return how long `key` has to wait before its next request; zero when it may go ahead."""
        times = self._times.get(key)
        if times is None:
            return timedelta()
        while times and times[0] <= now - self.window:
            times.popleft()
        if not times:
            del self._times[key]
        if len(times) < self.most:
            return timedelta()
        return times[0] + self.window - now

    def count(self, key: str, now: datetime) -> None:
        """Count a request of `key`."""
        self._times.setdefault(key, deque()).append(now)
        self._times.move_to_end(key)
        while len(self._times) > _KEYS or self._oldest()[-1] <= now - self.window:
            self._times.popitem(last=False)

    def _oldest(self) -> deque[datetime]:
        """Return the times of whoever asked longest ago: of what has passed nothing is kept."""
        return next(iter(self._times.values()))

    def take(self, key: str, now: datetime) -> timedelta:
        """Count a request, or return how long to wait before it may be made."""
        wait = self.wait(key, now)
        if not wait:
            self.count(key, now)
        return wait


@dataclass(slots=True)
class Limits:
    """The limits by person and by channel together.

    `uses` and `letters` are a person's too: of buttons and commands of every kind, and of suggestions.
    """

    person: RequestLimit
    channel: RequestLimit
    uses: RequestLimit
    letters: RequestLimit

    @classmethod
    def of(cls, person: int, channel: int) -> Limits:
        """Return the limits of so many questions of a person and in a channel."""
        return cls(
            RequestLimit(person),
            RequestLimit(channel),
            RequestLimit(USES * person),
            RequestLimit(LETTERS * person),
        )

    def ask(self, author: str, channel: str, now: datetime) -> timedelta:
        """Count a question, or return how long to wait before it may be asked."""
        wait = max(self.person.wait(author, now), self.channel.wait(channel, now))
        if not wait:
            self.person.count(author, now)
            self.channel.count(channel, now)
        return wait


def minutes(wait: timedelta) -> int:
    """Return a wait in whole minutes, one at least."""
    return max(1, -(-int(wait.total_seconds()) // 60))
