"""How many questions are answered: so many by person and by channel in a while. Pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
_KEYS = 10_000
"""Most keys that are remembered; those that asked longest ago go first."""


@dataclass(slots=True)
class RequestLimit:
    """A sliding window: at most `most` requests of a key in `window`."""

    most: int
    window: timedelta = WINDOW
    _times: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)

    def wait(self, key: str, now: datetime) -> timedelta:
        """Return how long `key` has to wait before its next request; zero when it may go ahead."""
        times = self._times.get(key)
        if times is None:
            return timedelta()
        while times and times[0] <= now - self.window:
            times.popleft()
        if len(times) < self.most:
            return timedelta()
        return times[0] + self.window - now

    def count(self, key: str, now: datetime) -> None:
        """Count a request of `key`."""
        self._times.setdefault(key, deque()).append(now)
        self._times.move_to_end(key)
        while len(self._times) > _KEYS:
            self._times.popitem(last=False)


@dataclass(slots=True)
class Limits:
    """The limits by person and by channel together."""

    person: RequestLimit
    channel: RequestLimit

    def ask(self, author: str, channel: str, now: datetime) -> timedelta:
        """Count a question, or return how long to wait before it may be asked."""
        wait = max(self.person.wait(author, now), self.channel.wait(channel, now))
        if not wait:
            self.person.count(author, now)
            self.channel.count(channel, now)
        return wait
