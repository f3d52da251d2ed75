"""Whether people ask more or less about a topic: the last period against the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from threadlore.types import TopicState

LONGEST, SHORTEST = timedelta(days=30), timedelta(days=7)
PERIODS = 4
"""Periods that the data should hold at least, where that leaves a week each."""

FACTOR = 1.5
"""How many times as many questions make a topic grow, and as few make it fade."""

ENOUGH = 2
"""Difference of counts below which nothing is said."""


def period_of(times: Sequence[datetime]) -> timedelta:
    """Return the length of a period: a quarter of what the data spans, a week to thirty days."""
    if not times:
        return LONGEST
    return min(LONGEST, max(SHORTEST, (max(times) - min(times)) / PERIODS))


def state_of(times: Sequence[datetime], last: datetime, period: timedelta) -> TopicState:
    """Return the state of a topic asked about at `times`, as of `last`, the latest question of all.

    Counted from the data and not from the clock, so that a rerun says the same.
    """
    recent = sum(last - period < at <= last for at in times)
    before = sum(last - 2 * period < at <= last - period for at in times)
    if min(times) > last - period:
        return TopicState.NEW
    if recent - before >= ENOUGH and recent >= FACTOR * before:
        return TopicState.GROWING
    if before - recent >= ENOUGH and before >= FACTOR * recent:
        return TopicState.FADING
    return TopicState.STEADY if recent or before else TopicState.FADING
