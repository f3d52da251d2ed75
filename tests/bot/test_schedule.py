"""The nightly run: due as cron has it, in a process that ends with ours, its failure told in words."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.interval import IntervalTrigger

from threadlore.bot.schedule import cron_trigger, keep_schedule, run_child
from threadlore.errors import ConfigError, Retry

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("line", "weekdays"),
    [
        ("0 3 * * 0", {6}),
        ("0 3 * * 7", {6}),
        ("0 3 * * 1-5", {0, 1, 2, 3, 4}),
        ("0 3 * * 1,3", {0, 2}),
        ("0 3 * * sat", {5}),
        ("0 3 * * *", set(range(7))),
    ],
)
def test_days_of_the_week_are_those_of_cron(line: str, weekdays: set[int]) -> None:
    trigger = cron_trigger(line, "Europe/Berlin")
    now, found = datetime(2026, 11, 2, tzinfo=BERLIN), set()
    for _ in range(14):
        due = trigger.get_next_fire_time(None, now)
        found.add(due.weekday())
        assert (due.hour, due.minute) == (3, 0)
        now = due + timedelta(minutes=1)
    assert found == weekdays


@pytest.mark.parametrize("line", ["", "soon", "0 3 * *", "61 3 * * *"])
def test_what_is_no_cron_line_is_told(line: str) -> None:
    with pytest.raises(ConfigError, match="cron line"):
        cron_trigger(line, "UTC")


def test_work_is_done_when_it_is_due_and_an_error_ends_nothing() -> None:
    done = asyncio.Event()
    times = []

    async def work() -> None:
        times.append(1)
        if len(times) == 1:
            raise Retry("the first one fails")
        done.set()

    async def run() -> None:
        trigger = IntervalTrigger(seconds=0.02, timezone=BERLIN)
        task = asyncio.create_task(keep_schedule(trigger, work))
        await done.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert len(times) >= 2


def test_a_child_that_fails_is_told_with_its_last_words() -> None:
    program = "import sys; sys.stderr.write('the disk is full'); sys.exit(4)"
    with pytest.raises(Retry, match=r"code 4: the disk is full"):
        asyncio.run(run_child([sys.executable, "-c", program]))


def test_a_child_ends_with_us(tmp_path: Path) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    os.mkfifo(begun)
    program = (
        "import pathlib, signal, sys, time\n"
        f"def end(*_): pathlib.Path({str(ended)!r}).touch(); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"pathlib.Path({str(begun)!r}).write_text('now')\n"
        "time.sleep(600)\n"
    )

    async def run() -> None:
        task = asyncio.create_task(run_child([sys.executable, "-c", program]))
        await asyncio.to_thread(begun.read_text)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert ended.exists()
