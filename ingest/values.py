"""Values out of untrusted JSON, in the form we need or not at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_CONTROL = re.compile("\x1b\\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_EARLIEST = 0
_LATEST = 4102444800
"""Seconds of the year 2100: what is larger counts milliseconds or less."""
_TOO_LARGE = _LATEST * 10**9


def text_of(value: Any) -> str:
    """Return `value` when it is text or a number as text, else an empty string.

    Lone surrogates become question marks; terminal colours and control characters other than white
    space go, so that no text acts on the terminal that shows it.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).encode("utf-8", errors="replace").decode("utf-8")
    return _CONTROL.sub("", text) if _CONTROL.search(text) else text


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
        # A whole number of any size may come in; what no date reaches need not become a float.
        return _from_number(float(value)) if -_TOO_LARGE < value < _TOO_LARGE else None
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
    if not _EARLIEST <= seconds < _TOO_LARGE:
        return None
    while seconds > _LATEST:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, tz=UTC)
