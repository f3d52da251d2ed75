"""The analysis as one run: over seams, every part handed in by wiring."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from threadlore.runs import RunLog
from threadlore.seams import Clock
from threadlore.types import Run

Step = Callable[[], Awaitable[dict[str, int]]]
"""One stage of a run: does its work and returns what it counted."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The parts of an analysis: bring Milvus up to date, run the agents, bring it up to date again.

    `lapse` deletes messages past their time and returns how many; they go before anything is read.
    """

    log: RunLog
    clock: Clock
    lapse: Callable[[], int]
    drain: Step
    agents: Step


async def analyze(parts: Analysis) -> Run:
    """Run the agents over what is in the records, and bring Milvus up to date before and after.

    Returns:
        The finished run.

    Raises:
        Whatever a step raises, after the run has been closed with it; finished work stays.
    """
    name, started = "retention", time.perf_counter()
    steps = (("index input", parts.drain), ("agents", parts.agents), ("index findings", parts.drain))
    try:
        lapsed = await asyncio.to_thread(parts.lapse)
        if lapsed:
            parts.log.stage(name, {"messages": lapsed}, time.perf_counter() - started)
        for name, step in steps:
            started = time.perf_counter()
            parts.log.stage(name, await step(), time.perf_counter() - started)
    except BaseException as error:
        parts.log.finish(parts.clock.now(), error=f"{name}: {error}"[:500])
        raise
    return parts.log.finish(parts.clock.now())
