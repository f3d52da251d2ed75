"""The fake in a thread of its own, for code that runs an event loop itself, such as a command."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.discord.server import FakeDiscord


@contextmanager
def in_background(fake: FakeDiscord) -> Iterator[FakeDiscord]:
    """Serve a fake from another thread until the block is left.

    The world may be changed from the test's thread between requests; what must happen in the midst of
    them belongs into `fake.before` and `fake.after`.
    """
    started, stop = threading.Event(), asyncio.Event()
    failures: list[BaseException] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with fake:
            started.set()
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # handed over to the test's thread
            failures.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=run, name="fake Discord")
    thread.start()
    started.wait()
    try:
        yield fake
    finally:
        if thread.is_alive():
            loops[0].call_soon_threadsafe(stop.set)
        thread.join()
    if failures:
        raise failures[0]
