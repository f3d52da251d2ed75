"""Ids that occur twice in a file, found without keeping a million of them."""

from __future__ import annotations

from collections import deque

WINDOW = 20_000


class RecentIds:
    """Remembers the last ids of a file: doubles stand close together, where two pages overlap."""

    def __init__(self, window: int = WINDOW) -> None:
        self._order: deque[str] = deque()
        self._known: set[str] = set()
        self._window = window

    def seen(self, native_id: str) -> bool:
        """Return whether `native_id` came before, and remember it."""
        if native_id in self._known:
            return True
        self._known.add(native_id)
        self._order.append(native_id)
        if len(self._order) > self._window:
            self._known.discard(self._order.popleft())
        return False
