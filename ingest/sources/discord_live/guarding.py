"""What Discord refuses: said, remembered, left alone for a while, and never taken for emptiness."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from threadlore.errors import BadInput, Retry
from threadlore.incoming import Incoming, IncomingBatch, IncomingSkip
from threadlore.ingest.sources.discord_live.api import Denied, Unknown
from threadlore.ingest.sources.discord_live.marks import DENIED, Denial
from threadlore.ingest.sources.discord_live.pacing import TooManyRefused
from threadlore.ingest.sources.discord_live.spots import Spot

MOST_FAILURES = 5
"""Places that may fail for want of an answer before a run gives up: then it is Discord, not the place."""


@dataclass
class Guard:
    """Keeps one run's account of refusals. `failed` are the ids of places that were not read."""

    cursors: Mapping[str, str]
    now: datetime
    retry_denied: bool = False
    failed: set[str] = field(default_factory=set)
    _unanswered: int = 0

    def waits(self, place: str, name: str) -> IncomingSkip | None:
        """Return why a place is left alone for now, None where it may be asked for."""
        denial = Denial.of(self.cursors.get(DENIED + place))
        if denial is None or self.retry_denied or self.now >= denial.until:
            return None
        self.failed.add(place)
        return IncomingSkip(
            name,
            f"{denial.reason} It is tried again after {denial.until:%Y-%m-%d %H:%M} UTC, "
            "or with --retry-denied.",
        )

    def admitted(self, spots: Sequence[Spot]) -> tuple[list[Spot], tuple[Incoming, ...]]:
        """Return the places that may be asked for, and why others are left alone."""
        waiting = {spot.id: self.waits(spot.id, spot.name) for spot in spots}
        ready = [spot for spot in spots if waiting[spot.id] is None]
        return ready, tuple(skip for skip in waiting.values() if skip is not None)

    async def watched(
        self, place: str, name: str, batches: AsyncIterator[IncomingBatch]
    ) -> AsyncIterator[IncomingBatch]:
        """Yield what a place yields; a refusal becomes a named skip that is remembered.

        Raises:
            Retry: too many places got no answer, or too much was refused.
            ConfigError: nothing can be read at all.
        """
        try:
            async for batch in batches:
                yield batch
        except BadInput as error:
            yield self.refused(place, name, error)
        except TooManyRefused:
            raise
        except Retry as error:
            self._unanswered += 1
            self.failed.add(place)
            if self._unanswered > MOST_FAILURES:
                raise
            yield IncomingBatch((IncomingSkip(name, f"not read this time: {error.message}"),))
        else:
            if self.cursors.get(DENIED + place):
                yield IncomingBatch(cursor=(DENIED + place, ""))

    def refused(self, place: str, name: str, error: BadInput) -> IncomingBatch:
        """Return the skip of a place that was refused, with the memory of it."""
        self.failed.add(place)
        before = Denial.of(self.cursors.get(DENIED + place))
        remembered = None
        if isinstance(error, Denied | Unknown):
            denial = Denial(self.now, error.message, before.times + 1 if before else 1)
            remembered = (DENIED + place, denial.text())
        return IncomingBatch((IncomingSkip(name, error.message),), remembered)
