"""FAQ entries with links to what they were made from, and their phrasings for Milvus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from threadlore.store import schema
from threadlore.store.database import Database, among
from threadlore.store.outbox_rows import queue
from threadlore.types import EntryState, FaqEntry


def entries(db: Database) -> list[FaqEntry]:
    """Return all entries of every state, ordered by id."""
    return list(db.keep("entries", lambda: _all(db)))


def _all(db: Database) -> list[FaqEntry]:
    records = db.column("SELECT record FROM entries ORDER BY id")
    return [FaqEntry.model_validate_json(record) for record in records]


def by_id(db: Database, ids: Iterable[str]) -> dict[str, FaqEntry]:
    """Return the entries that exist among `ids`."""
    records = db.column(
        "SELECT record FROM entries WHERE id IN (SELECT value FROM json_each(?))", [among(set(ids))]
    )
    return {entry.id: entry for entry in map(FaqEntry.model_validate_json, records)}


def phrasings(entry: FaqEntry) -> list[str]:
    """Return what an entry is found by: its question and paraphrases; nothing unless it is an answer."""
    if entry.state is not EntryState.APPROVED or entry.merged_into is not None:
        return []
    return [text for text in dict.fromkeys((entry.question, *entry.paraphrases)) if text.strip()]


def write(db: Database, items: Sequence[FaqEntry]) -> None:
    """Store entries with links and outbox rows; inside `write()`. What is the same is not touched."""
    known = by_id(db, [item.id for item in items])
    fresh = {item.id: item for item in items if known.get(item.id) != item}
    if not fresh:
        return
    for table in ("entry_messages", "entry_questions"):
        db.many(f"DELETE FROM {table} WHERE entry_id = ?", [(key,) for key in fresh])  # noqa: S608
    db.put(
        "entries",
        [
            {
                "id": item.id,
                "topic_id": item.topic_id,
                "state": item.state.value,
                "record": item.model_dump_json(),
            }
            for item in fresh.values()
        ],
    )
    db.put(
        "entry_messages",
        [{"entry_id": item.id, "message_id": key} for item in fresh.values() for key in cited_messages(item)],
    )
    db.put(
        "entry_questions",
        [
            {"entry_id": item.id, "question_id": key}
            for item in fresh.values()
            for key in dict.fromkeys(item.question_ids)
        ],
    )
    queue(db, schema.PHRASINGS, _phrasing_rows(known.values()) | _phrasing_rows(fresh.values()))


def _phrasing_rows(items: Iterable[FaqEntry]) -> set[str]:
    return {schema.phrasing_id(item.id, number) for item in items for number in range(len(phrasings(item)))}


def cited_messages(entry: FaqEntry) -> list[str]:
    """Return ids of all messages that an entry or one of its revisions quotes."""
    lists = [entry.citations, *(revision.citations for revision in entry.revisions)]
    return list(dict.fromkeys(item.source_id for cited in lists for item in cited if item.kind == "message"))


def delete(db: Database, ids: Sequence[str]) -> None:
    """Delete entries with their links; inside `write()`."""
    queue(db, schema.PHRASINGS, _phrasing_rows(by_id(db, ids).values()))
    db.touch("entries")
    for table, column in (("entry_messages", "entry_id"), ("entry_questions", "entry_id"), ("entries", "id")):
        db.many(f"DELETE FROM {table} WHERE {column} = ?", [(key,) for key in ids])  # noqa: S608
