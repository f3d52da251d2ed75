"""The outbox: which rows of Milvus may differ from the records. It holds ids, never text."""

from __future__ import annotations

from collections.abc import Iterable

from threadlore.store.database import Database


def queue(db: Database, collection: str, row_ids: Iterable[str]) -> None:
    """Say that rows of a collection may have changed or gone, in the transaction that changes them."""
    keys = sorted(set(row_ids))
    if keys:
        number = db.next_sequence()
        db.many(
            "INSERT OR REPLACE INTO outbox (collection, row_id, sequence) VALUES (?, ?, ?)",
            [(collection, key, number) for key in keys],
        )


def waiting(db: Database, collection: str, limit: int) -> list[tuple[str, int]]:
    """Return up to `limit` (row id, sequence) of a collection."""
    rows = db.query(
        "SELECT row_id, sequence FROM outbox WHERE collection = ? ORDER BY sequence, row_id LIMIT ?",
        [collection, limit],
    )
    return [(row["row_id"], row["sequence"]) for row in rows]


def settle(db: Database, collection: str, done: Iterable[tuple[str, int]]) -> None:
    """Take rows out; inside `write()`.

    A row that was queued again meanwhile stays. One that another process took out is queued again:
    nobody knows which of the two wrote to Milvus last.
    """
    lost = []
    for row_id, sequence in done:
        key = [collection, row_id]
        if not db.execute(
            "DELETE FROM outbox WHERE collection = ? AND row_id = ? AND sequence = ?", [*key, sequence]
        ) and not db.value("SELECT 1 FROM outbox WHERE collection = ? AND row_id = ?", key):
            lost.append(row_id)
    queue(db, collection, lost)


def ask_rewrite(db: Database, collections: Iterable[str]) -> None:
    """Say that collections must be written afresh, so that deleted text leaves their files."""
    number = db.next_sequence()
    db.put("rewrites", [{"collection": name, "sequence": number} for name in collections])


def rewrites(db: Database) -> dict[str, int]:
    """Return the collections that must be written afresh, with the sequence of the request."""
    rows = db.query("SELECT collection, sequence FROM rewrites ORDER BY collection")
    return {row["collection"]: row["sequence"] for row in rows}


def waiting_counts(db: Database) -> dict[str, int]:
    """Return how many rows wait, by collection."""
    rows = db.query("SELECT collection, count(*) AS n FROM outbox GROUP BY collection")
    return {row["collection"]: row["n"] for row in rows}
