"""How fast requests go out, and how many of them were refused: seen where aiohttp sends them.

Discord allows a bot 50 requests a second, and bans an address for a while that was answered 401, 403 or
429 ten thousand times in ten minutes. discord.py keeps to the limits of each route, and repeats requests
itself; so both are counted below it, in the trace of the connection.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from threadlore.errors import Retry

if TYPE_CHECKING:
    import aiohttp

REQUESTS_PER_SECOND = 45.0
"""Below the 50 that Discord allows, so that a bot beside it has room."""

FIRST_WAIT_S = 0.5

WINDOW_S = 600.0
INVALID_LIMIT = 2_000
"""Refused requests in ten minutes after which no more are sent: a fifth of what gets an address banned."""

_INVALID = frozenset({401, 403, 429})


class TooManyRefused(Retry):
    """So many requests were refused that going on would get this address banned."""


class Pace:
    """Holds requests back, and counts what became of them.

    Args:
        per_second: Most requests a second.
        invalid_limit: Refused requests in ten minutes after which none are sent.
        first_wait_s: About how long to wait before a request that failed is sent again; then twice that.
        seconds: Tells the time.
    """

    def __init__(
        self,
        per_second: float = REQUESTS_PER_SECOND,
        invalid_limit: int = INVALID_LIMIT,
        first_wait_s: float = FIRST_WAIT_S,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self.first_wait_s = first_wait_s
        self._limit = invalid_limit
        self._seconds = seconds
        self._invalid: deque[float] = deque()
        self.answers: Counter[int] = Counter()
        """Answers by status, repeated requests included."""

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return self.answers.total()

    def check(self) -> None:
        """Refuse to go on where too many requests were refused lately.

        Raises:
            TooManyRefused: going on would get this address banned.
        """
        while self._invalid and self._seconds() - self._invalid[0] > WINDOW_S:
            self._invalid.popleft()
        if len(self._invalid) >= self._limit:
            raise TooManyRefused(
                f"Discord refused {len(self._invalid)} requests in ten minutes; 10,000 mean a ban.",
                "Look at what was skipped (`threadlore runs`), and try again in ten minutes.",
            )

    def count(self, status: int, scope: str = "") -> None:
        """Count an answer; a shared limit (scope `shared`) is nobody's fault."""
        self.answers[status] += 1
        if status in _INVALID and scope != "shared":
            self._invalid.append(self._seconds())

    def trace(self) -> aiohttp.TraceConfig:
        """Return the trace that paces and counts every request of a session."""
        import aiohttp
        from aiolimiter import AsyncLimiter

        # In bursts of a tenth of a second.
        burst = max(1.0, self._per_second / 10)
        limiter = AsyncLimiter(burst, burst / self._per_second)

        async def started(*_: object) -> None:
            await limiter.acquire()

        async def ended(
            _session: aiohttp.ClientSession, _context: object, seen: aiohttp.TraceRequestEndParams
        ) -> None:
            self.count(seen.response.status, seen.response.headers.get("X-RateLimit-Scope", ""))

        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(started)
        trace.on_request_end.append(ended)
        return trace
