"""Compares the records with Milvus, both ways, and the records with themselves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from threadlore.seams import VectorStore
from threadlore.store import outbox_rows, rows, schema
from threadlore.store.database import Database
from threadlore.store.records import Records

SHOWN = 20
"""Row ids of each kind that a check names."""

_LINKS = (
    ("question_messages", "message_id", "messages"),
    ("question_messages", "question_id", "questions"),
    ("conversation_messages", "thread_id", "threads"),
    ("topic_questions", "topic_id", "topics"),
    ("entry_messages", "entry_id", "entries"),
    ("entry_questions", "entry_id", "entries"),
)


@dataclass(frozen=True, slots=True)
class CollectionCheck:
    """A collection beside what the records say it should hold.

    `missing` and `extra` name up to `SHOWN` row ids, `missing_count` and `extra_count` count them all.
    `outdated` rows hold an older content; `waiting` are in the outbox and explain a difference.
    """

    collection: str
    expected: int
    found: int
    missing_count: int
    extra_count: int
    outdated: int
    waiting: int
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing differs, or only what is about to be written."""
        return self.missing_count + self.extra_count + self.outdated <= self.waiting


async def verify(records: Records, vectors: VectorStore) -> list[CollectionCheck]:
    """Return what every collection should hold and what it does hold."""
    waiting = outbox_rows.waiting_counts(records.database)
    return [
        await _check(records.database, vectors, name, waiting.get(name, 0)) for name in schema.COLLECTIONS
    ]


async def _check(db: Database, vectors: VectorStore, collection: str, waiting: int) -> CollectionCheck:
    pages = await asyncio.to_thread(lambda: list(rows.all_wanted(db, collection)))
    wanted = {row.id: row.content for page in pages for row in page}
    given = rows.indexed(db, collection)
    found = [row_id async for row_id in vectors.row_ids(collection)]
    there = set(found)
    missing = sorted(wanted.keys() - there)
    extra = sorted(there - wanted.keys())
    outdated = sum(1 for key in wanted.keys() & there if given.get(key) != wanted[key])
    return CollectionCheck(
        collection=collection,
        expected=len(wanted),
        found=len(found),
        missing_count=len(missing),
        extra_count=len(extra),
        outdated=outdated,
        waiting=waiting,
        missing=tuple(missing[:SHOWN]),
        extra=tuple(extra[:SHOWN]),
    )


def check_records(records: Records) -> list[str]:
    """Return what is wrong with the file of the records and its links; empty when it is sound."""
    db = records.database
    problems = [str(line) for line in db.column("PRAGMA quick_check(10)") if line != "ok"]
    for table, column, target in _LINKS:
        loose = db.value(
            f"SELECT count(*) FROM {table} l WHERE NOT EXISTS "  # noqa: S608
            f"(SELECT 1 FROM {target} t WHERE t.id = l.{column})"
        )
        if loose:
            problems.append(f"{loose} rows of {table} name {target} that do not exist")
    gone = db.value("SELECT count(*) FROM messages m JOIN tombstones t ON t.message_id = m.id")
    if gone:
        problems.append(f"{gone} messages were deleted and are still stored")
    return problems
