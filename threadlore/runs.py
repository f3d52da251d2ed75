"""The log of a run: written to the records as it happens, so that a kill leaves what was done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from threadlore import __version__, ids
from threadlore.types import Run, Skipped, Spending, Stage


class RunSink(Protocol):
    """The part of the records that keeps runs."""

    def save_run(self, run: Run) -> None:
        """Store a run by id, as often as it changes."""
        ...


class RunLog:
    """One run, stored after every change."""

    def __init__(
        self,
        sink: RunSink,
        kind: Literal["ingest", "analyze", "publish"],
        settings_hash: str,
        started_at: datetime,
    ) -> None:
        self._sink = sink
        self.run = Run(
            id=ids.run_id(f"{kind}:{settings_hash}", started_at.isoformat()),
            kind=kind,
            settings_hash=settings_hash,
            code_version=__version__,
            started_at=started_at,
        )
        sink.save_run(self.run)
        self._stored = time.monotonic()

    def _update(self, **changes: object) -> None:
        self.run = self.run.model_copy(update=changes)
        self._sink.save_run(self.run)
        self._stored = time.monotonic()

    def stage(self, name: str, counts: Mapping[str, int], seconds: float) -> None:
        """Add what a stage did; parallel batches of one stage are summed."""
        earlier = next((done for done in self.run.stages if done.name == name), Stage(name=name))
        summed = {
            key: earlier.counts.get(key, 0) + counts.get(key, 0)
            for key in dict.fromkeys([*earlier.counts, *counts])
        }
        merged = Stage(name=name, counts=summed, seconds=round(earlier.seconds + seconds, 3))
        names = [done.name for done in self.run.stages]
        if name in names:
            stages = tuple(merged if done.name == name else done for done in self.run.stages)
        else:
            stages = (*self.run.stages, merged)
        self._update(stages=stages)

    def skip(self, skipped: Iterable[Skipped]) -> None:
        """Add items that were passed over."""
        self._update(skipped=(*self.run.skipped, *skipped))

    def spend(self, spending: Sequence[Spending]) -> None:
        """Set what each prompt took so far; tokens and cost of the run are their sums.

        It is stored once a second at most: a run makes thousands of calls, and each is kept by itself.
        """
        changes: dict[str, object] = {
            "spending": tuple(spending),
            "tokens_in": sum(one.tokens_in for one in spending),
            "tokens_out": sum(one.tokens_out for one in spending),
            "cost": sum(one.cost for one in spending),
        }
        self.run = self.run.model_copy(update=changes)
        if time.monotonic() - self._stored >= 1.0:
            self._update()

    def finish(self, at: datetime, error: str | None = None) -> Run:
        """Close the run; `error` says why it broke off."""
        self._update(finished_at=at, error=error)
        return self.run


Progress = Callable[[str, int, int], None]
"""Takes (stage, done, total)."""


def spans(log: RunLog) -> Callable[[str, Mapping[str, int], float], None]:
    """Return what logs a stage whose batches run side by side: from the first start to the last end."""
    begun: dict[str, float] = {}
    logged: dict[str, float] = {}

    def finished(stage: str, counts: Mapping[str, int], seconds: float) -> None:
        now = time.perf_counter()
        span = now - begun.setdefault(stage, now - seconds)
        log.stage(stage, counts, span - logged.get(stage, 0.0))
        logged[stage] = span

    return finished
