"""Names of tables and collections, and what is written beside a record to find it again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

RECORDS_FILE = "records.sqlite"
"""SQLite file inside the data folder: the one source of truth."""

MILVUS_FOLDER = "milvus.db"
"""Folder of Milvus Lite inside the data folder: derived, rebuildable."""

THREADS = "threads"
QUESTIONS = "questions"
DOCUMENTS = "documents"
PHRASINGS = "phrasings"

COLLECTIONS = (THREADS, QUESTIONS, DOCUMENTS, PHRASINGS)
"""Collections of Milvus, each derived from the table of the same kind."""

REMOVED_TITLE = "(removed)"
"""Stands for a title whose author had it deleted."""

OPENING_CHARACTERS = 1000
"""How much of the first message goes into the `threads` collection beside the title."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """Return microseconds since 1970 in UTC: a form that sorts, which ISO text with fractions does not."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """Return the time that `microseconds` stored."""
    return _EPOCH + timedelta(microseconds=value)


def phrasing_id(entry: str, number: int) -> str:
    """Return the row id of the `number`-th phrasing of an entry; 0 is its question."""
    return f"{entry}#{number}"


def phrasing_owner(row_id: str) -> tuple[str, int]:
    """Return the entry and the number that `phrasing_id` joined."""
    entry, _, number = row_id.rpartition("#")
    return entry, int(number)
