"""The first schema: records as JSON with the columns that are searched, and links to messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLES: dict[str, tuple[dict[str, Any], Any]] = {
    # What the source said.
    "messages": (
        {
            "id": str,
            "source": str,
            "channel_id": str,
            "thread_id": str,
            "place": str,
            "author": str,
            "kind": str,
            "language": str,
            "created_at": int,
            "observed_at": int,
            "record": str,
        },
        "id",
    ),
    "channels": ({"id": str, "source": str, "record": str}, "id"),
    "threads": (
        {
            "id": str,
            "source": str,
            "channel_id": str,
            "parent": str,
            "kind": str,
            "frozen": int,
            "observed_at": int,
            "changed": int,
            "record": str,
        },
        "id",
    ),
    "conversation_messages": ({"message_id": str, "thread_id": str}, "message_id"),
    "documents": ({"id": str, "source": str, "record": str}, "id"),
    "cursors": ({"source": str, "key": str, "value": str}, ("source", "key")),
    "places": ({"id": str, "changed": int, "split": int}, "id"),
    # What the analysis found, with links to the messages it came from.
    "distilled": (
        {"thread_id": str, "method": str, "changed": int, "input_hash": str},
        ("thread_id", "method"),
    ),
    "questions": (
        {"id": str, "thread_id": str, "status": str, "asked_at": int, "record": str},
        "id",
    ),
    "question_messages": (
        {"question_id": str, "message_id": str, "role": str},
        ("question_id", "message_id", "role"),
    ),
    "topics": ({"id": str, "parent": str, "state": str, "record": str}, "id"),
    "topic_questions": ({"topic_id": str, "question_id": str}, ("topic_id", "question_id")),
    "topic_events": ({"id": str, "at": int, "topic_id": str, "record": str}, "id"),
    "entries": ({"id": str, "topic_id": str, "state": str, "record": str}, "id"),
    "entry_messages": ({"entry_id": str, "message_id": str}, ("entry_id", "message_id")),
    "entry_questions": ({"entry_id": str, "question_id": str}, ("entry_id", "question_id")),
    "embeddings": ({"content_hash": str, "model": str, "vector": bytes}, ("content_hash", "model")),
    "stage_inputs": ({"stage": str, "input_hash": str}, "stage"),
    "runs": ({"id": str, "started_at": int, "record": str}, "id"),
    # What must not come back.
    "tombstones": ({"message_id": str}, "message_id"),
    "opt_outs": ({"author": str}, "author"),
    "hidden_titles": ({"thread_id": str}, "thread_id"),
    # What Milvus does not know yet, and what it does.
    "outbox": ({"collection": str, "row_id": str, "sequence": int}, ("collection", "row_id")),
    "indexed": (
        {"collection": str, "row_id": str, "content_hash": str, "model": str},
        ("collection", "row_id"),
    ),
    "rewrites": ({"collection": str, "sequence": int}, "collection"),
    "sequence": ({"id": int, "value": int}, "id"),
}

INDEXES: tuple[tuple[str, list[str], bool], ...] = (
    ("messages", ["place", "created_at", "id"], False),
    ("messages", ["author"], False),
    ("messages", ["language"], False),
    ("threads", ["parent"], False),
    ("threads", ["channel_id"], False),
    ("threads", ["changed"], False),
    ("conversation_messages", ["thread_id"], False),
    ("questions", ["thread_id"], False),
    ("question_messages", ["message_id"], False),
    ("topic_questions", ["question_id"], False),
    ("entry_messages", ["message_id"], False),
    ("entry_questions", ["question_id"], False),
)


def apply(db: Database) -> None:
    """Make the tables."""
    for name, (columns, key) in TABLES.items():
        db.table(name).create(columns, pk=key)
    for table, columns_of_index, unique in INDEXES:
        db.table(table).create_index(columns_of_index, unique=unique)
    db.conn.execute("INSERT INTO sequence (id, value) VALUES (1, 0)")
