"""What the records hold of one channel or thread, and what follows when not everyone may see it any more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from threadlore.ids import message_id, native_thread_id
from threadlore.store import entries, questions, schema
from threadlore.store.database import Database, among
from threadlore.store.outbox_rows import queue
from threadlore.types import Thread, Visibility

_PRIVATE = {"visibility": Visibility.PRIVATE}


def held_messages(db: Database, place: str, since: datetime, until: datetime) -> list[str]:
    """Return ids of the messages of a channel or native thread that were written between two times.

    Messages of a channel that a thread was opened on belong to the thread, and are named here as well:
    they have the thread's id.
    """
    times = [schema.microseconds(since), schema.microseconds(until)]
    inside = db.column(
        "SELECT id FROM messages WHERE place = ? AND created_at BETWEEN ? AND ?", [place, *times]
    )
    threads = db.query("SELECT id, source FROM threads WHERE channel_id = ? AND kind = 'native'", [place])
    openers = [
        message_id(row["source"], row["id"].removeprefix(native_thread_id(row["source"], "")))
        for row in threads
    ]
    opened = db.column(
        "SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?)) AND created_at BETWEEN ? AND ?",
        [among(openers), *times],
    )
    return sorted({*inside, *opened})


def hide_places(db: Database, places: Collection[str]) -> None:
    """Make everything private that came from channels or native threads; inside `write()`.

    Threads in them, conversations cut from them, questions and entries: the next analysis would find the
    same, and until then none of it may be shown.
    """
    if not places:
        return
    found = db.column(
        "WITH place(id) AS (SELECT value FROM json_each(?)) "
        "SELECT record FROM threads WHERE id IN place OR channel_id IN place OR parent IN place",
        [among(places)],
    )
    threads = [Thread.model_validate_json(record) for record in found]
    _hide_threads(db, [thread for thread in threads if thread.visibility is Visibility.PUBLIC])
    asked = db.column(
        "SELECT id FROM questions WHERE thread_id IN (SELECT value FROM json_each(?))",
        [among(thread.id for thread in threads)],
    )
    public = [item for item in questions.questions(db, asked) if item.visibility is Visibility.PUBLIC]
    questions.write(db, [item.model_copy(update=_PRIVATE) for item in public])
    standing = db.column(
        "WITH place(id) AS (SELECT value FROM json_each(?)), asked(id) AS (SELECT value FROM json_each(?)) "
        "SELECT entry_id FROM entry_questions WHERE question_id IN asked UNION "
        "SELECT e.entry_id FROM entry_messages e JOIN messages m ON m.id = e.message_id "
        "WHERE m.channel_id IN place OR m.place IN place",
        [among(places), among(asked)],
    )
    shown = entries.by_id(db, standing).values()
    entries.write(db, [entry.model_copy(update=_PRIVATE) for entry in shown])


def _hide_threads(db: Database, shown: Sequence[Thread]) -> None:
    if not shown:
        return
    changed = db.next_sequence()
    db.many(
        "UPDATE threads SET record = ?, changed = ? WHERE id = ?",
        [(thread.model_copy(update=_PRIVATE).model_dump_json(), changed, thread.id) for thread in shown],
    )
    db.touch("threads")
    queue(db, schema.THREADS, [thread.id for thread in shown])
