"""Questions with links to the messages they were asked, settled and supported by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from threadlore.store import schema
from threadlore.store.database import Database, Row, among
from threadlore.store.outbox_rows import queue
from threadlore.types import Question

ASKED, RESOLUTION, EVIDENCE = "asked", "resolution", "evidence"


def replace_of_threads(db: Database, found: dict[str, list[Question]]) -> None:
    """Make each thread ask exactly these questions; inside `write()`. What is the same is not touched."""
    known = {
        row["id"]: row
        for row in db.query(
            "SELECT id, thread_id, record FROM questions WHERE thread_id IN (SELECT value FROM json_each(?))",
            [among(found)],
        )
    }
    fresh = {item.id: item for group in found.values() for item in group}
    for key in _asked_by_deleted(db, fresh.values()):
        del fresh[key]
    delete(db, known.keys() - fresh.keys())
    write(
        db,
        [
            item
            for key, item in fresh.items()
            if key not in known or known[key]["record"] != item.model_dump_json()
        ],
    )


def _asked_by_deleted(db: Database, items: Iterable[Question]) -> set[str]:
    """Return questions asked by a message that was deleted since it was read."""
    asking = {item.id: item.message_ids for item in items}
    gone = db.column(
        "SELECT message_id FROM tombstones WHERE message_id IN (SELECT value FROM json_each(?))",
        [among({message for messages in asking.values() for message in messages})],
    )
    return {key for key, messages in asking.items() if not set(gone).isdisjoint(messages)}


def write(db: Database, items: Sequence[Question]) -> None:
    """Store questions with links and outbox rows; inside `write()`."""
    if not items:
        return
    db.many("DELETE FROM question_messages WHERE question_id = ?", [(item.id,) for item in items])
    db.put("questions", [_row(item) for item in items])
    db.put("question_messages", [link for item in items for link in _links(item)])
    queue(db, schema.QUESTIONS, [item.id for item in items])


def _row(item: Question) -> Row:
    return {
        "id": item.id,
        "thread_id": item.thread_id,
        "status": item.status.value,
        "asked_at": schema.microseconds(item.asked_at),
        "record": item.model_dump_json(),
    }


def _links(item: Question) -> list[Row]:
    roles = ((ASKED, item.message_ids), (RESOLUTION, item.resolution), (EVIDENCE, item.evidence))
    return [
        {"question_id": item.id, "message_id": message, "role": role}
        for role, messages in roles
        for message in dict.fromkeys(messages)
    ]


def delete(db: Database, ids: Iterable[str]) -> None:
    """Delete questions with their links; inside `write()`."""
    keys = sorted(ids)
    if not keys:
        return
    db.touch("questions")
    for table, column in (("question_messages", "question_id"), ("questions", "id")):
        db.many(f"DELETE FROM {table} WHERE {column} = ?", [(key,) for key in keys])  # noqa: S608
    queue(db, schema.QUESTIONS, keys)


def delete_of_threads(db: Database, thread_ids: Iterable[str]) -> None:
    """Delete everything that threads asked; inside `write()`."""
    delete(
        db,
        db.column(
            "SELECT id FROM questions WHERE thread_id IN (SELECT value FROM json_each(?))",
            [among(thread_ids)],
        ),
    )


def _all(db: Database) -> list[Question]:
    records = db.column("SELECT record FROM questions ORDER BY id")
    return [Question.model_validate_json(record) for record in records]


def questions(db: Database, ids: Sequence[str] | None = None) -> list[Question]:
    """Return questions by id, or all, ordered by id."""
    if ids is None:
        return list(db.keep("questions", lambda: _all(db)))
    records = db.column(
        "SELECT record FROM questions WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        [among(set(ids))],
    )
    return [Question.model_validate_json(record) for record in records]
