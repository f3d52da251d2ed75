"""Topics with links to their questions, and what became of them from run to run."""

from __future__ import annotations

from collections.abc import Sequence

from threadlore.ids import digest
from threadlore.store import schema
from threadlore.store.database import Database, among
from threadlore.types import Topic, TopicEvent


def topics(db: Database) -> list[Topic]:
    """Return all topics, merged and ended ones too, ordered by id."""

    def read() -> list[Topic]:
        records = db.column("SELECT record FROM topics ORDER BY id")
        return [Topic.model_validate_json(record) for record in records]

    return list(db.keep("topics", read))


def save_topics(db: Database, items: Sequence[Topic], events: Sequence[TopicEvent]) -> None:
    """Store topics by id and append events; the same event is stored once."""
    with db.write():
        records = {item.id: item.model_dump_json() for item in items}
        rows = db.query(
            "SELECT id, record FROM topics WHERE id IN (SELECT value FROM json_each(?))", [among(records)]
        )
        known = {row["id"]: row["record"] for row in rows}
        write([item for item in items if known.get(item.id) != records[item.id]], db)
        db.put(
            "topic_events",
            [
                {
                    "id": digest(event.run_id, event.topic_id, event.kind, event.other_id or ""),
                    "at": schema.microseconds(event.at),
                    "topic_id": event.topic_id,
                    "record": event.model_dump_json(),
                }
                for event in events
            ],
        )


def write(items: Sequence[Topic], db: Database) -> None:
    """Store topics with the links to their questions; inside `write()`."""
    if not items:
        return
    db.many("DELETE FROM topic_questions WHERE topic_id = ?", [(item.id,) for item in items])
    db.put(
        "topics",
        [
            {
                "id": item.id,
                "parent": item.parent,
                "state": item.state.value,
                "record": item.model_dump_json(),
            }
            for item in items
        ],
    )
    db.put(
        "topic_questions",
        [
            {"topic_id": item.id, "question_id": key}
            for item in items
            for key in dict.fromkeys(item.question_ids)
        ],
    )


def delete(db: Database, ids: Sequence[str]) -> None:
    """Delete topics with their links and events; inside `write()`."""
    db.touch("topics")
    for table, column in (("topic_questions", "topic_id"), ("topic_events", "topic_id"), ("topics", "id")):
        db.many(f"DELETE FROM {table} WHERE {column} = ?", [(key,) for key in ids])  # noqa: S608


def topic_events(db: Database) -> list[TopicEvent]:
    """Return all events, oldest first."""
    records = db.column("SELECT record FROM topic_events ORDER BY at, id")
    return [TopicEvent.model_validate_json(record) for record in records]
