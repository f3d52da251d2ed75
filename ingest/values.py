"""Values out of untrusted JSON, in the form we need or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_EARLIEST = 0
_LATEST = 4102444800
"""Seconds of the year 2100: what is larger counts milliseconds or less."""


def text_of(value: Any) -> str:
    """Return `value` when it is text or a number as text, else an empty string; no lone surrogates."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).encode("utf-8", errors="replace").decode("utf-8").replace("\x00", "")


def mapping_of(value: Any) -> dict[str, Any]:
    """Return `value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Return `value` when it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def count_of(value: Any) -> int:
    """Return `value` when it is a sensible count, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31 else 0


def instant_of(value: Any) -> datetime | None:
    """Return a moment in UTC from ISO 8601 text or a Unix time (seconds to nanoseconds), or None.

    A time without an offset is UTC. Fractions may have any number of digits.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(float(value))
    if not isinstance(value, str) or len(value) > 64:
        return None
    text = value.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return _from_number(float(text))
        except ValueError:
            return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _from_number(seconds: float) -> datetime | None:
    if not _EARLIEST <= seconds < _LATEST * 1e9:
        return None
    while seconds > _LATEST:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, tz=UTC)
