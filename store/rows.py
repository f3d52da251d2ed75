"""What Milvus should hold, worked out from the records: the rows of each collection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from threadlore.embedding import content_hash
from threadlore.store import conversations, entries, messages, questions, schema
from threadlore.store.database import Database, among

PAGE = 512
"""Rows worked out, embedded and written at a time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row before it has its vector. `owner` is the thread of a question, the entry of a phrasing."""

    id: str
    owner: str
    text: str
    visibility: str

    @property
    def content(self) -> str:
        """Digest of everything that is stored, to tell whether the row in Milvus is up to date."""
        return content_hash(f"{self.visibility}\n{self.owner}\n{self.text}")


def wanted(db: Database, collection: str, ids: Sequence[str]) -> dict[str, Wanted]:
    """Return the rows that should exist among `ids`; what has no text has no row."""
    make = {
        schema.THREADS: _threads,
        schema.QUESTIONS: _questions,
        schema.DOCUMENTS: _documents,
        schema.PHRASINGS: _phrasings,
    }[collection]
    return {row.id: row for row in make(db, ids) if row.text.strip()}


def _threads(db: Database, ids: Sequence[str]) -> Iterator[Wanted]:
    leaves = db.column(
        "SELECT id FROM threads t WHERE id IN (SELECT value FROM json_each(?)) "  # noqa: S608
        f"AND {conversations.LEAF}",
        [among(ids)],
    )
    for found in conversations.conversations(db, leaves):
        if found.messages:
            opening = found.messages[0].text[: schema.OPENING_CHARACTERS]
            thread = found.thread
            text = f"{thread.title}\n{opening}".strip()
            yield Wanted(thread.id, thread.id, text, thread.visibility.value)


def _questions(db: Database, ids: Sequence[str]) -> Iterator[Wanted]:
    for item in questions.questions(db, ids):
        yield Wanted(item.id, item.thread_id, item.text, item.visibility.value)


def _documents(db: Database, ids: Sequence[str]) -> Iterator[Wanted]:
    for item in messages.documents(db, ids):
        heading = item.title if item.heading == item.title else f"{item.title}\n{item.heading}"
        yield Wanted(item.id, item.id, f"{heading}\n{item.text}".strip(), "public")


def _phrasings(db: Database, ids: Sequence[str]) -> Iterator[Wanted]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for row_id in ids:
        owner, number = schema.phrasing_owner(row_id)
        numbers[owner].append(number)
    for key, entry in entries.by_id(db, numbers).items():
        texts = entries.phrasings(entry)
        for number in numbers[key]:
            if number < len(texts):
                row_id = schema.phrasing_id(key, number)
                yield Wanted(row_id, key, texts[number], entry.visibility.value)


def candidate_ids(db: Database, collection: str) -> list[str]:
    """Return ids of all rows that a collection may hold, in order; `wanted` says which of them it does."""
    if collection == schema.PHRASINGS:
        return [
            schema.phrasing_id(entry.id, number)
            for entry in entries.entries(db)
            for number in range(len(entries.phrasings(entry)))
        ]
    table = {schema.THREADS: "threads", schema.QUESTIONS: "questions", schema.DOCUMENTS: "documents"}
    return db.column(f"SELECT id FROM {table[collection]} ORDER BY id")  # noqa: S608


def all_wanted(db: Database, collection: str) -> Iterator[list[Wanted]]:
    """Yield every row that a collection should hold, a page at a time."""
    ids = candidate_ids(db, collection)
    for start in range(0, len(ids), PAGE):
        page = list(wanted(db, collection, ids[start : start + PAGE]).values())
        if page:
            yield page


def indexed(db: Database, collection: str, ids: Sequence[str] | None = None) -> dict[str, str]:
    """Return what Milvus was given (row id -> digest of its content); empty digest: given in part."""
    if ids is None:
        rows = db.query("SELECT row_id, content_hash FROM indexed WHERE collection = ?", [collection])
    else:
        rows = db.query(
            "SELECT row_id, content_hash FROM indexed WHERE collection = ? "
            "AND row_id IN (SELECT value FROM json_each(?))",
            [collection, among(ids)],
        )
    return {row["row_id"]: row["content_hash"] for row in rows}


def remember(db: Database, collection: str, rows: Sequence[tuple[str, str]], model: str) -> None:
    """Note (row id, digest) as given to Milvus with vectors of `model`; inside `write()`."""
    db.put(
        "indexed",
        [
            {"collection": collection, "row_id": row_id, "content_hash": content, "model": model}
            for row_id, content in rows
        ],
    )
