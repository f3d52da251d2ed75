"""Several readers at once, their pages one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

WORKERS = 8
"""Places read at a time: enough to use what Discord allows at its usual tenth of a second an answer."""

Item = TypeVar("Item")


async def merged(jobs: Iterable[AsyncIterator[Item]], workers: int) -> AsyncIterator[Item]:
    """Yield what all jobs yield, `workers` of them running at a time; each job's items keep their order.

    Raises:
        What the first failing job raises; the others are ended.
    """
    waiting = iter(jobs)
    ready: asyncio.Queue[Item | None] = asyncio.Queue(maxsize=2 * workers)

    async def work() -> None:
        for job in waiting:
            async for item in job:
                await ready.put(item)

    async def run() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(work())
        finally:
            await ready.put(None)

    running = asyncio.create_task(run())
    try:
        while (item := await ready.get()) is not None:
            yield item
        await running
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
