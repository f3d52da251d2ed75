"""Rate limits as Discord keeps them: a bucket for each route and major id, and one for the whole bot."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

MAJOR = ("channel_id", "guild_id", "webhook_id")
GENEROUS = (10_000, 1.0)


@dataclass
class Bucket:
    """How much of a window is used up."""

    limit: int
    window_s: float
    ends: float = 0.0
    used: int = 0

    def take(self, now: float) -> bool:
        """Use one request up; False where none is left before the window ends."""
        if now >= self.ends:
            self.ends, self.used = now + self.window_s, 0
        if self.used >= self.limit:
            return False
        self.used += 1
        return True


class RateLimits:
    """All buckets. Without a test's word they are too wide to be felt."""

    def __init__(self) -> None:
        self._set: dict[str, tuple[int, float]] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self.whole = Bucket(*GENEROUS)

    def limit(self, route: str, requests: int, window_s: float) -> None:
        """Allow so many requests of a route ("GET /channels/{channel_id}/messages") in a window."""
        self._set[route] = (requests, window_s)
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if key[0] != route}

    def limit_all(self, requests: int, window_s: float) -> None:
        """Allow so many requests of all routes together; Discord's own figure is 50 a second."""
        self.whole = Bucket(requests, window_s)

    def take(self, route: str, args: dict[str, str]) -> tuple[dict[str, str], str | None, float]:
        """Count a request.

        Returns:
            The headers of the answer; the scope that is exhausted ("global", "user") or None; how many
            seconds until it is not.
        """
        now = time.monotonic()
        major = next((args[name] for name in MAJOR if name in args), "")
        bucket = self._buckets.get((route, major))
        if bucket is None:
            bucket = self._buckets[route, major] = Bucket(*self._set.get(route, GENEROUS))
        scope = None
        if not self.whole.take(now):
            scope = "global"
        elif not bucket.take(now):
            scope = "user"
        until = self.whole.ends if scope == "global" else bucket.ends
        return self._headers(route, bucket, now), scope, max(0.001, until - now)

    def _headers(self, route: str, bucket: Bucket, now: float) -> dict[str, str]:
        left_s = max(0.0, bucket.ends - now)
        return {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(bucket.limit - bucket.used),
            "X-RateLimit-Reset": f"{time.time() + left_s:.3f}",
            "X-RateLimit-Reset-After": f"{left_s:.3f}",
            "X-RateLimit-Bucket": hashlib.blake2s(route.encode(), digest_size=16).hexdigest(),
        }
