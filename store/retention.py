"""Messages past the time for which they are kept."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from threadlore.store import conversations, helpdesk, schema
from threadlore.store.database import Database
from threadlore.store.deletion import DeletionReport, clean_files, delete_rows
from threadlore.store.outbox_rows import ask_rewrite
from threadlore.store.records import Records
from threadlore.types import Thread


def lapse(records: Records, before: datetime) -> DeletionReport:
    """Delete the messages written before a time, except those that an entry stands on.

    An entry that a person has approved stands on what it quotes, and on what the questions that it answers
    were asked and settled by; a draft does not, it is made again from what is left.
    Nobody asked for it, so nothing is refused later on that account, quotes in younger messages stay, and so
    do titles of threads that hold younger messages. Calls for a person of before that time go as well.
    """
    db = records.database
    with db.write():
        ids = db.column(
            "WITH standing(id) AS (SELECT id FROM entries WHERE state IN ('approved', 'stale')), "
            "needed(id) AS (SELECT message_id FROM entry_messages WHERE entry_id IN standing UNION "
            "SELECT q.message_id FROM question_messages q "
            "JOIN entry_questions e ON e.question_id = q.question_id WHERE e.entry_id IN standing) "
            "SELECT id FROM messages WHERE created_at < ? AND id NOT IN needed ORDER BY id",
            [schema.microseconds(before)],
        )
        report = delete_rows(db, ids, lapsed=True)
        calls = helpdesk.lapse_calls(db, before)
        empty = _empty_threads(db, before)
        conversations.remove(db, empty)
        if empty:
            ask_rewrite(db, [schema.THREADS])
            report = dataclasses.replace(report, threads=report.threads + len(empty))
    return clean_files(db, report) if ids or empty or calls else report


def _empty_threads(db: Database, before: datetime) -> list[str]:
    """Return native threads of before a time that hold no message: a title is somebody's text too."""
    records = db.column(
        "SELECT record FROM threads t WHERE kind = 'native' "
        "AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.place = t.id)"
    )
    found = [Thread.model_validate_json(record) for record in records]
    return [thread.id for thread in found if thread.opened_at < before]
