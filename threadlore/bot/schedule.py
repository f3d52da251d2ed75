"""The nightly run beside the bot: a cron line, and a process of its own that never opens Milvus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from threadlore.bot import edge
from threadlore.errors import ConfigError, Retry

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger
    from apscheduler.triggers.cron import CronTrigger

GRACE_SECONDS = 3600
"""How late a run may begin, where the process was not there at its time."""

KILL_AFTER_SECONDS = 20.0
_SHOWN = 2000
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_log = logging.getLogger(__name__)


def cron_trigger(line: str, timezone: str) -> CronTrigger:
    """Return when a cron line is due. Days of the week count as cron has it: 0 and 7 are Sunday.

    Raises:
        ConfigError: it is no cron line.
    """
    from apscheduler.triggers.cron import CronTrigger

    fields = line.split()
    if len(fields) == 5:
        fields[4] = _named_days(fields[4])
    try:
        return CronTrigger.from_crontab(" ".join(fields), timezone=ZoneInfo(timezone))
    except ValueError as error:
        raise ConfigError(
            f"schedule is {line!r}, which is no cron line.", 'Write it like "0 3 * * *": at three each night.'
        ) from error


def _named_days(field: str) -> str:
    """Return a field of days with names for numbers, which APScheduler counts from Monday."""

    def named(day: str) -> str:
        return _DAYS[int(day)] if day.isdigit() and int(day) < len(_DAYS) else day

    parts = [part.partition("/") for part in field.split(",")]
    return ",".join("-".join(map(named, days.split("-"))) + slash + step for days, slash, step in parts)


async def keep_schedule(trigger: BaseTrigger, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` when a trigger is due, until cancelled. One runs at a time; an error is logged."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    async def due() -> None:
        error = await edge.caught(work())
        if error is not None:
            edge.report(error, "the scheduled run")

    scheduler = AsyncIOScheduler(timezone=trigger.timezone)
    job = scheduler.add_job(due, trigger, max_instances=1, coalesce=True, misfire_grace_time=GRACE_SECONDS)
    scheduler.start()
    _log.info("the next analysis is due at %s", job.next_run_time)
    try:
        await asyncio.Event().wait()
    finally:
        scheduler.shutdown(wait=False)


async def run_child(command: Sequence[str]) -> None:
    """Run a command in a process of its own; where this is cancelled, the process is ended too.

    Raises:
        Retry: it ended with an error, whose last lines are in the message.
    """
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await child.communicate()
    finally:
        if child.returncode is None:
            await _end(child)
    if child.returncode:
        words = said.decode("utf-8", errors="replace").strip()[-_SHOWN:]
        raise Retry(f"The analysis ended with code {child.returncode}: {words}", "Run `threadlore analyze`.")
    _log.info("the analysis is done")


async def _end(child: asyncio.subprocess.Process) -> None:
    child.terminate()
    try:
        async with asyncio.timeout(KILL_AFTER_SECONDS):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
