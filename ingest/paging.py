"""Pages out of a stream of items, read outside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator

from threadlore.incoming import Incoming, IncomingBatch

PAGE = 500


def pages(items: Iterable[Incoming], size: int = PAGE) -> Iterator[IncomingBatch]:
    """Yield the items in batches of at most `size`."""
    page: list[Incoming] = []
    for item in items:
        page.append(item)
        if len(page) >= size:
            yield IncomingBatch(tuple(page))
            page = []
    if page:
        yield IncomingBatch(tuple(page))


async def read_pages(items: Iterable[Incoming], size: int = PAGE) -> AsyncIterator[IncomingBatch]:
    """Yield the pages of `items`; each is read in a worker thread."""
    iterator = pages(items, size)
    while (page := await asyncio.to_thread(next, iterator, None)) is not None:
        yield page
