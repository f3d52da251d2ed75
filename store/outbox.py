"""Brings Milvus up to date with the records. Killed at any moment, it is simply run again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from threadlore.embedding import embed_cached
from threadlore.seams import Embedder, VectorRow, VectorStore
from threadlore.store import outbox_rows, rows, schema
from threadlore.store.records import Records
from threadlore.store.rows import Wanted

Progress = Callable[[str, int, int], None]


def _silent(stage: str, done: int, total: int) -> None:
    """Take progress and show nothing."""


@dataclass(frozen=True, slots=True)
class _Drain:
    """What a drain works with. The clients are opened at the first row that needs them."""

    records: Records
    vectors: Callable[[], VectorStore]
    embedder: Callable[[], Embedder]
    progress: Progress
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, number: int) -> None:
        """Count `number` more of `name`."""
        if number:
            self.counts[name] = self.counts.get(name, 0) + number


async def drain(
    records: Records,
    vectors: Callable[[], VectorStore],
    embedder: Callable[[], Embedder],
    progress: Progress = _silent,
) -> dict[str, int]:
    """Write what changed to Milvus and take out what is gone; return rows by collection, and `deleted`.

    Collections that hold deleted text come first and are written afresh. A row whose content is what
    Milvus was given last is passed over. When nothing is left to do, neither client is opened.

    Raises:
        Locked: another process has Milvus Lite open; the rows wait for whoever drains next.
    """
    job = _Drain(records, vectors, embedder, progress)
    await _rewrite_all(job)
    left = outbox_rows.waiting_counts(records.database)
    total, done = sum(left.values()), 0
    if total:
        # Milvus Lite needs the room: it takes a gigabyte for a moment when it sorts 100,000 rows.
        records.database.let_go()
    for collection in schema.COLLECTIONS:
        while waiting := outbox_rows.waiting(records.database, collection, rows.PAGE):
            await _settle_page(job, collection, waiting)
            done += len(waiting)
            progress("index", done, max(total, done))
    return job.counts


async def _rewrite_all(job: _Drain) -> None:
    for collection, requested in outbox_rows.rewrites(job.records.database).items():
        await _rewrite(job, collection, requested)


async def _settle_page(job: _Drain, collection: str, waiting: Sequence[tuple[str, int]]) -> None:
    db = job.records.database
    ids = [row_id for row_id, _ in waiting]
    wanted, known = await asyncio.to_thread(
        lambda: (rows.wanted(db, collection, ids), rows.indexed(db, collection, ids))
    )
    gone = [row_id for row_id in ids if row_id in known and row_id not in wanted]
    fresh = [row for row in wanted.values() if known.get(row.id) != row.content]
    if gone:
        await job.vectors().delete(collection, gone)
        job.add("deleted", len(gone))
    if fresh and _other_model(job):
        with db.write():
            outbox_rows.ask_rewrite(db, schema.COLLECTIONS)
        await _rewrite_all(job)
        return
    model = ""
    if fresh:
        model = job.embedder().model
        with db.write():
            # Before Milvus hears of them: a kill in between must not leave rows that nobody remembers.
            rows.remember(db, collection, [(row.id, "") for row in fresh], model)
        await job.vectors().upsert(collection, await _with_vectors(job, fresh))
        job.add(collection, len(fresh))
    with db.write():
        rows.remember(db, collection, [(row.id, row.content) for row in fresh], model)
        db.many(
            "DELETE FROM indexed WHERE collection = ? AND row_id = ?", [(collection, key) for key in gone]
        )
        outbox_rows.settle(db, collection, waiting)


def _other_model(job: _Drain) -> bool:
    """Tell whether Milvus holds vectors of another model, which cannot be compared with ours."""
    other = job.records.database.value(
        "SELECT 1 FROM indexed WHERE model <> ? LIMIT 1", [job.embedder().model]
    )
    return other is not None


async def _with_vectors(job: _Drain, page: Sequence[Wanted]) -> list[VectorRow]:
    vectors = await embed_cached(job.records, job.embedder(), [row.text for row in page])
    return [
        VectorRow(row.id, row.owner, row.text, vector, row.visibility)
        for row, vector in zip(page, vectors, strict=True)
    ]


async def _rewrite(job: _Drain, collection: str, requested: int) -> None:
    """Write a collection afresh. What changes meanwhile stays in the outbox."""
    db = job.records.database
    before = int(db.value("SELECT value FROM sequence"))
    total = len(rows.candidate_ids(db, collection))
    given: list[tuple[str, str]] = []

    async def pages() -> AsyncIterator[Sequence[VectorRow]]:
        for page in rows.all_wanted(db, collection):
            yield await _with_vectors(job, page)
            given.extend((row.id, row.content) for row in page)
            job.progress(f"rewrite {collection}", len(given), total)

    await job.vectors().replace(collection, pages())
    job.add(collection, len(given))
    with db.write():
        db.execute("DELETE FROM indexed WHERE collection = ?", [collection])
        rows.remember(db, collection, given, job.embedder().model)
        db.execute("DELETE FROM outbox WHERE collection = ? AND sequence <= ?", [collection, before])
        db.execute("DELETE FROM rewrites WHERE collection = ? AND sequence = ?", [collection, requested])


async def rebuild(
    records: Records,
    vectors: Callable[[], VectorStore],
    embedder: Callable[[], Embedder],
    progress: Progress = _silent,
) -> dict[str, int]:
    """Make all of Milvus anew from the records; return rows by collection."""
    with records.database.write():
        outbox_rows.ask_rewrite(records.database, schema.COLLECTIONS)
    return await drain(records, vectors, embedder, progress)
