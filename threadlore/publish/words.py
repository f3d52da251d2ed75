"""Numbers and dates in the words of a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def number(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> number(1, "question"), number(1200, "question"), number(2, "entry", "entries")
    ('1 question', '1,200 questions', '2 entries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(part: int, whole: int) -> str:
    """Return a share in whole percent; 0 of 0 is 0 %.

    >>> percent(2, 3)
    '67 %'
    """
    return f"{round(100 * part / whole) if whole else 0} %"


def listing(words: Sequence[str]) -> str:
    """Return words joined as in a sentence.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def day(at: date) -> str:
    """Return a day as 22 November 2026."""
    return f"{at.day} {at:%B %Y}"


def stretch(since: datetime, until: datetime, timezone: str) -> str:
    """Return the days of a period, both included, or its moments where it is not whole days.

    >>> from datetime import UTC
    >>> stretch(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC), "UTC")
    '16 November 2026 to 22 November 2026'
    """
    zone = ZoneInfo(timezone)
    first, end = since.astimezone(zone), until.astimezone(zone)
    if (first.hour, first.minute, first.second, end.hour, end.minute, end.second) != (0,) * 6:
        return f"{first:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
    last = (end - timedelta(seconds=1)).date()
    return day(first.date()) if first.date() == last else f"{day(first.date())} to {day(last)}"


def length(since: datetime, until: datetime) -> str:
    """Return how long a period is, in days or hours."""
    hours = round((until - since).total_seconds() / 3600)
    return number(round(hours / 24), "day") if hours >= 48 else number(hours, "hour")


def waited(days: int) -> str:
    """Return how long somebody has waited.

    >>> waited(0), waited(1), waited(30)
    ('less than a day', '1 day', '30 days')
    """
    return "less than a day" if days < 1 else number(days, "day")
