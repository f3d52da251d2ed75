"""One run of ingest: every source, then conversations, then Milvus, written to the run as it happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from threadlore.errors import BudgetSpent, Locked
from threadlore.ingest.scrub import Scrubber
from threadlore.ingest.sync import Erase, Progress, SplitRecords, ingest, split_places
from threadlore.runs import RunLog, RunSink
from threadlore.seams import Clock, Source
from threadlore.types import Run, Skipped

Drain = Callable[[RunLog | None], Awaitable[dict[str, int]]]
"""Brings Milvus up to date with the records and returns what it wrote; a run is told what it took."""


class IngestRecords(SplitRecords, RunSink, Protocol):
    """What a run of ingest reads and writes."""


@dataclass(frozen=True, slots=True)
class IngestParts:
    """The parts of a run, handed in by wiring. `lapse` deletes messages past their time; it counts them."""

    records: IngestRecords
    scrubber: Scrubber
    clock: Clock
    drain: Drain
    settings_hash: str
    progress: Progress
    erase: Erase
    lapse: Callable[[], int] = lambda: 0


async def run_ingest(parts: IngestParts, sources: Sequence[Source], skipped: Sequence[Skipped] = ()) -> Run:
    """Read all sources, cut conversations, and bring Milvus up to date.

    Args:
        parts: Where to write, and with what.
        sources: What to read, one after the other.
        skipped: Files that were passed over before anything was read.

    Returns:
        The finished run.

    Raises:
        Whatever a part raises, after the run has been closed with it; finished pages stay.
    """
    now = parts.clock.now()
    log = RunLog(parts.records, "ingest", parts.settings_hash, now)
    if skipped:
        log.skip([skip.model_copy(update={"item": parts.scrubber.clean(skip.item)}) for skip in skipped])
    try:
        for source in sources:
            started = time.perf_counter()
            done = await ingest(source, parts.records, parts.scrubber, now, parts.erase, parts.progress)
            log.stage(done.stage.name, done.stage.counts, time.perf_counter() - started)
            if done.skipped:
                log.skip(done.skipped)
        started = time.perf_counter()
        lapsed = await asyncio.to_thread(parts.lapse)
        if lapsed:
            log.stage("retention", {"messages": lapsed}, time.perf_counter() - started)
        started = time.perf_counter()
        split = await split_places(parts.records, now, parts.progress)
        log.stage(split.name, split.counts, time.perf_counter() - started)
        started = time.perf_counter()
        log.stage("index", await _indexed(parts, log), time.perf_counter() - started)
    except BaseException as error:
        log.finish(parts.clock.now(), error=f"{type(error).__name__}: {error}"[:500])
        raise
    return log.finish(parts.clock.now())


async def _indexed(parts: IngestParts, log: RunLog) -> dict[str, int]:
    """Bring Milvus up to date; where another process holds it (a bot, say), that one will."""
    try:
        return await parts.drain(log)
    except Locked as error:
        log.skip([Skipped(item="Milvus", reason=f"{error.message} It takes in what is new itself.")])
    except BudgetSpent as error:
        log.skip([Skipped(item="Milvus", reason=f"{error.message} The next run goes on there.")])
    return {}
