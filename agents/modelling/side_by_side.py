"""Calls side by side: the first error ends them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


@asynccontextmanager
async def begun(work: Iterable[Coroutine[Any, Any, Result]]) -> AsyncIterator[list[asyncio.Task[Result]]]:
    """Begin all of `work` at once; whatever is not done at the end of the block is called off."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def all_of(work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Return the results of all of `work` in its order; the first error is raised as it is."""
    async with begun(work) as tasks:
        return [await task for task in tasks]
