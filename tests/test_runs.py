"""A run is stored as it happens."""

from __future__ import annotations

import asyncio

import pytest

from threadlore.errors import Retry
from threadlore.pipeline import Analysis, analyze
from threadlore.runs import RunLog
from threadlore.testing import FixedClock
from threadlore.types import Run, Skipped


class Shelf:
    def __init__(self) -> None:
        self.runs: list[Run] = []

    def save_run(self, run: Run) -> None:
        self.runs.append(run)


async def nothing() -> dict[str, int]:
    return {}


async def fails() -> dict[str, int]:
    raise Retry("the server is away", "start it")


def test_batches_of_one_stage_are_summed() -> None:
    log = RunLog(Shelf(), "analyze", "s", FixedClock().now())
    log.stage("distil", {"read": 2, "questions": 1}, 0.5)
    log.stage("distil", {"read": 3}, 0.25)
    assert log.run.stages[0].counts == {"read": 5, "questions": 1}
    assert log.run.stages[0].seconds == 0.75


def test_every_change_is_stored_at_once() -> None:
    shelf = Shelf()
    log = RunLog(shelf, "ingest", "s", FixedClock().now())
    log.skip([Skipped(item="a.json", reason="truncated")])
    assert [run.skipped for run in shelf.runs] == [(), (Skipped(item="a.json", reason="truncated"),)]


def test_a_step_that_breaks_closes_the_run_with_its_name() -> None:
    shelf, clock = Shelf(), FixedClock()
    log = RunLog(shelf, "analyze", "s", clock.now())
    with pytest.raises(Retry):
        asyncio.run(analyze(Analysis(log=log, clock=clock, lapse=lambda: 0, drain=nothing, agents=fails)))
    assert shelf.runs[-1].error == "agents: the server is away"
    assert [stage.name for stage in shelf.runs[-1].stages] == ["index input"]


def test_retention_that_breaks_closes_the_run_with_its_name() -> None:
    def full() -> int:
        raise OSError("no space left")

    shelf, clock = Shelf(), FixedClock()
    log = RunLog(shelf, "analyze", "s", clock.now())
    with pytest.raises(OSError, match="no space"):
        asyncio.run(analyze(Analysis(log=log, clock=clock, lapse=full, drain=nothing, agents=nothing)))
    assert shelf.runs[-1].error == "retention: no space left" and shelf.runs[-1].finished_at


def test_runs_of_the_same_moment_and_kind_have_one_id() -> None:
    moment = FixedClock().now()
    first = RunLog(Shelf(), "ingest", "s", moment).run.id
    assert first == RunLog(Shelf(), "ingest", "s", moment).run.id
    assert first != RunLog(Shelf(), "analyze", "s", moment).run.id
