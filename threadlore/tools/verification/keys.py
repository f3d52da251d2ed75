"""Primary keys of two sides: what is missing, what is too much, and which stand twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Key = int | str
MOST_SHOWN = 10
"""Keys that a result names, at most."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The distinct keys of one side, in order; `complete` is False where there are more than were read."""

    found: tuple[Key, ...]
    complete: bool
    rows: int

    @property
    def duplicates(self) -> int | None:
        """Return the rows whose key another row has too; None where not all keys were read."""
        return max(0, self.rows - len(self.found)) if self.complete else None


def literal(key: Key) -> str:
    """Return a key as a filter of Milvus writes it."""
    return str(key) if isinstance(key, int) else json.dumps(key, ensure_ascii=False)


def key_filter(field: str, keys: Iterable[Key]) -> str:
    """Return the filter that finds rows by their keys."""
    return f"{field} in [{', '.join(map(literal, keys))}]"


def duplicated(
    field: str, keys: Sequence[Key], rows: int, count: Callable[[str], int], most: int = MOST_SHOWN
) -> list[Key]:
    """Return keys that more than one row has, `most` at most, by counting ranges of keys.

    Args:
        field: name of the primary key.
        keys: all distinct keys, in order.
        rows: number of rows.
        count: returns the number of rows that a filter finds.
        most: where to stop.
    """
    found: list[Key] = []
    waiting = [(0, len(keys), rows)]
    while waiting and len(found) < most:
        start, end, counted = waiting.pop()
        if counted <= end - start or start >= end:
            continue
        if end - start == 1:
            found.append(keys[start])
            continue
        middle = (start + end) // 2
        left = count(f"{field} >= {literal(keys[start])} and {field} <= {literal(keys[middle - 1])}")
        waiting += [(middle, end, counted - left), (start, middle, left)]
    return found
