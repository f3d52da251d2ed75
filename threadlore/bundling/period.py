"""The period of a report, from what a person typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from threadlore.errors import BadInput

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Years that a period may touch."""

_DURATION = re.compile(r"(\d{1,5})\s*(h|d|w)")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, `since` <= t < `until`, both in UTC."""

    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether `at` lies in the period."""
        return self.since <= at < self.until

    @property
    def before(self) -> Period:
        """The period of equal length that ends where this one begins."""
        return Period(self.since - (self.until - self.since), self.since)


def read_period(
    since: str | None, until: str | None, *, days: int, last: datetime | None, timezone: str
) -> Period | None:
    """Return the period that `--since` and `--until` name; None without them and without data.

    Both take a date (a whole day of `timezone`, the last one included), a moment in ISO 8601, or a
    duration such as 7d, 24h, 4w: back from the end of the data, or from `until`. Without them the
    period is the last `days` days up to the day of `last`, the newest message.

    Raises:
        BadInput: a value is none of these, or the period ends before it begins.
    """
    zone = ZoneInfo(timezone)
    end_of_data = None if last is None else _midnight(last.astimezone(zone).date() + timedelta(days=1), zone)
    end = end_of_data if until is None else _moment("--until", until, zone, end_of_data, whole_day=True)
    if end is None and since is None:
        return None
    if end is None:
        raise BadInput("There are no messages yet to count a period from.", "Give --until with a date.")
    if since is None:
        local = end.astimezone(zone)
        start = (local - timedelta(days=days)).astimezone(UTC)
    else:
        start = _moment("--since", since, zone, end, whole_day=False)
    if start >= end:
        raise BadInput(
            f"The period from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC holds no time.",
            "Let --since lie before --until, and before the newest message when --until is not given.",
        )
    return Period(start, end)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _moment(option: str, value: str, zone: ZoneInfo, end: datetime | None, *, whole_day: bool) -> datetime:
    text = value.strip()
    try:
        at = _read(option, text, zone, end, whole_day=whole_day)
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise ValueError(f"no forum is of the year {at.year}")
    except (ValueError, OverflowError) as error:
        raise BadInput(
            f"{option} {value!r} is neither a date nor a duration.",
            "Write 2026-11-16, 2026-11-16T08:00, 7d, 24h or 4w.",
        ) from error
    return at


def _read(option: str, text: str, zone: ZoneInfo, end: datetime | None, *, whole_day: bool) -> datetime:
    if match := _DURATION.fullmatch(text):
        if end is None:
            raise BadInput(f"{option} {text!r} has no data to count back from.", "Give a date.")
        return end - timedelta(hours=int(match[1]) * _HOURS[match[2]])
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _midnight(date.fromisoformat(text) + timedelta(days=whole_day), zone)
    at = datetime.fromisoformat(text)
    return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)
