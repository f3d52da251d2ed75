"""Periods: days of the settings' time zone, durations that count back, and what makes no sense."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.bundling import Period, read_period
from threadlore.errors import BadInput

LAST = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


def period(since: str | None, until: str | None, timezone: str = "UTC") -> Period:
    found = read_period(since, until, days=7, last=LAST, timezone=timezone)
    assert found is not None
    return found


def test_dates_are_days_of_the_settings_time_zone() -> None:
    berlin = period("2026-11-16", "2026-11-17", "Europe/Berlin")
    assert berlin == Period(datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 17, 23, tzinfo=UTC))


def test_a_period_over_the_change_of_clocks_has_whole_days() -> None:
    found = read_period(None, "2026-10-28", days=7, last=LAST, timezone="Europe/Berlin")
    assert found == Period(datetime(2026, 10, 21, 22, tzinfo=UTC), datetime(2026, 10, 28, 23, tzinfo=UTC))


def test_durations_count_back() -> None:
    assert period("2d", None).since == datetime(2026, 11, 21, tzinfo=UTC)
    assert period("24h", "2026-11-20").since == datetime(2026, 11, 20, tzinfo=UTC)
    assert period("1w", "7d").until == datetime(2026, 11, 16, tzinfo=UTC)
    assert period("2026-11-20T12:00", "2026-11-20T15:00+02:00").until.hour == 13


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("yesterday", None),
        (None, "2026-13-01"),
        (None, "0001-01-01"),
        (None, "9999-12-31"),
        ("2026-11-20", "2026-11-10"),
        ("0d", None),
        ("99999w", None),
        ("", None),
    ],
)
def test_a_period_that_makes_no_sense_is_named(since: str | None, until: str | None) -> None:
    with pytest.raises(BadInput):
        period(since, until)


def test_without_data_a_period_needs_dates() -> None:
    assert read_period(None, None, days=7, last=None, timezone="UTC") is None
    with pytest.raises(BadInput):
        read_period("7d", None, days=7, last=None, timezone="UTC")
    found = read_period("2026-11-01", "2026-11-02", days=7, last=None, timezone="UTC")
    assert found is not None and found.holds(datetime(2026, 11, 2, 23, tzinfo=UTC))


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_gives_a_period_or_bad_input(since: str, until: str) -> None:
    try:
        found = read_period(since, until, days=7, last=LAST, timezone="Asia/Tokyo")
    except BadInput:
        return
    assert found is not None and found.since < found.until
