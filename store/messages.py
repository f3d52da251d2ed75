"""What ingest writes: messages, native threads, channels, documents, cursors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from threadlore.seams import CleanBatch, SaveCounts
from threadlore.store import calls, schema
from threadlore.store.database import Database, Row, among
from threadlore.store.outbox_rows import queue
from threadlore.store.places import hide_places
from threadlore.types import Channel, Document, Message, Thread, Visibility

NEVER_OBSERVED = 0
"""Stands for the observation time of a copy that does not say when it was taken: the oldest."""


def save_batch(db: Database, batch: CleanBatch, oldest: datetime | None = None) -> SaveCounts:
    """Store a page in one transaction: rows, links, outbox rows and the cursor.

    Messages older than `oldest` are refused, unless they are stored already.
    """
    with db.write():
        unwanted = _refused(db, batch.messages)
        refused = unwanted | _lapsed(db, batch.messages, oldest)
        accepted = [message for message in batch.messages if message.id not in refused]
        closed = _save_channels(db, batch)
        retitled, withdrawn = _save_threads(db, batch)
        counts = _save_messages(db, accepted, batch.observed_at)
        hidden = _hide_titles(db, [message for message in batch.messages if message.id in unwanted])
        _queue_threads(db, retitled | hidden)
        hide_places(db, closed | withdrawn)
        documents = _save_documents(db, batch.documents)
        if batch.cursor is not None:
            _save_cursor(db, batch.source, *batch.cursor)
    return SaveCounts(
        added=counts.added + documents.added,
        changed=counts.changed + documents.changed,
        unchanged=counts.unchanged + documents.unchanged,
        refused=len(batch.messages) - len(accepted),
        hidden=len(closed | withdrawn),
    )


def _refused(db: Database, messages: Sequence[Message]) -> set[str]:
    """Return ids that were deleted before, or whose author opted out."""
    gone = set(
        db.column(
            "SELECT message_id FROM tombstones WHERE message_id IN (SELECT value FROM json_each(?))",
            [among(message.id for message in messages)],
        )
    )
    out = set(
        db.column(
            "SELECT author FROM opt_outs WHERE author IN (SELECT value FROM json_each(?))",
            [among({message.author for message in messages})],
        )
    )
    return {message.id for message in messages if message.id in gone or message.author in out}


def _lapsed(db: Database, messages: Sequence[Message], oldest: datetime | None) -> set[str]:
    """Return ids of messages that are past the time for which messages are kept, and are not stored."""
    if oldest is None:
        return set()
    old = {message.id for message in messages if message.created_at < oldest}
    return old - _records(db, "messages", old).keys()


def _save_channels(db: Database, batch: CleanBatch) -> set[str]:
    """Store channels; return those that not everyone may see any more."""
    fresh = {
        channel.id: {"id": channel.id, "source": channel.source, "record": channel.model_dump_json()}
        for channel in batch.channels
    }
    known = _records(db, "channels", fresh)
    db.put("channels", [row for key, row in fresh.items() if known.get(key) != row["record"]])
    return {
        channel.id
        for channel in batch.channels
        if channel.visibility is Visibility.PRIVATE
        and channel.id in known
        and Channel.model_validate_json(known[channel.id]).visibility is Visibility.PUBLIC
    }


def _records(db: Database, table: str, ids: Iterable[str]) -> dict[str, str]:
    rows = db.query(
        f"SELECT id, record FROM {table} WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
        [among(ids)],
    )
    return {row["id"]: row["record"] for row in rows}


def _save_threads(db: Database, batch: CleanBatch) -> tuple[set[str], set[str]]:
    """Store native threads without their message ids, which the messages know.

    Returns:
        What changed, and which of it not everyone may see any more.
    """
    if not batch.threads:
        return set(), set()
    fresh = {thread.id: thread for thread in batch.threads}
    hidden = set(
        db.column(
            "SELECT thread_id FROM hidden_titles WHERE thread_id IN (SELECT value FROM json_each(?))",
            [among(fresh)],
        )
    )
    rows = db.query(
        "SELECT id, observed_at, record FROM threads WHERE id IN (SELECT value FROM json_each(?))",
        [among(fresh)],
    )
    known = {row["id"]: row for row in rows}
    write: dict[str, Row] = {}
    for thread in fresh.values():
        observed = _observed(batch.observed_at, thread.id)
        old = known.get(thread.id)
        if old is not None and observed < old["observed_at"]:
            continue
        record = _bare(thread, hidden, old["record"] if old else None)
        if old is None or old["record"] != record:
            write[thread.id] = _thread_row(thread, record, observed)
    if write:
        changed = db.next_sequence()
        db.put("threads", [{**row, "changed": changed} for row in write.values()])
        db.many(
            "INSERT INTO places (id, changed, split) VALUES (?, 0, 0) ON CONFLICT (id) DO NOTHING",
            [(key,) for key in write],
        )
    return set(write), {key for key in write if key in known and _withdrawn(known[key], fresh[key])}


def _withdrawn(row: Row, thread: Thread) -> bool:
    before = Thread.model_validate_json(row["record"]).visibility
    return before is Visibility.PUBLIC and thread.visibility is Visibility.PRIVATE


def _bare(thread: Thread, hidden: set[str], old: str | None) -> str:
    """Return what is stored of a native thread; times of the first sight, until messages tell better."""
    update: dict[str, object] = {"message_ids": (), "frozen": False}
    if thread.id in hidden:
        update["title"] = schema.REMOVED_TITLE
    if old is not None:
        before = Thread.model_validate_json(old)
        update |= {"opened_at": before.opened_at, "last_at": before.last_at}
    return thread.model_copy(update=update).model_dump_json()


def _thread_row(thread: Thread, record: str, observed: int) -> Row:
    return {
        "id": thread.id,
        "source": thread.source,
        "channel_id": thread.channel_id,
        "parent": thread.parent,
        "kind": thread.kind.value,
        "frozen": 0,
        "observed_at": observed,
        "record": record,
    }


def _observed(times: Mapping[str, datetime], key: str) -> int:
    at = times.get(key)
    return NEVER_OBSERVED if at is None else schema.microseconds(at)


def _rank(message: Message, observed: int, record: str) -> tuple[int, int, str]:
    """Order two copies of a message: a total order, so that the winner never depends on who came first."""
    return observed, schema.microseconds(message.edited_at or message.created_at), record


def _save_messages(
    db: Database, messages: Sequence[Message], observed_at: Mapping[str, datetime]
) -> SaveCounts:
    best: dict[str, tuple[tuple[int, int, str], Message]] = {}
    for message in messages:
        rank = _rank(message, _observed(observed_at, message.id), message.model_dump_json())
        if message.id not in best or rank > best[message.id][0]:
            best[message.id] = rank, message
    rows = db.query(
        "SELECT id, observed_at, record FROM messages WHERE id IN (SELECT value FROM json_each(?))",
        [among(best)],
    )
    known = {row["id"]: row for row in rows}
    mended = set(
        db.column(
            "SELECT message_id FROM mended_messages WHERE message_id IN (SELECT value FROM json_each(?))",
            [among(known)],
        )
    )
    best = {key: copy for key, copy in best.items() if key not in mended}
    write: list[tuple[Message, int, str]] = []
    split_again: set[str] = set()
    seen_later: list[tuple[int, str]] = []
    said_otherwise: list[str] = []
    for key, (rank, message) in best.items():
        old = known.get(key)
        if old is None:
            split_again.add(message.thread_id or message.channel_id)
        elif old["record"] == rank[2]:
            if rank[0] > old["observed_at"]:
                seen_later.append((rank[0], key))
            continue
        elif rank <= _rank(
            before := Message.model_validate_json(old["record"]), old["observed_at"], old["record"]
        ):
            continue
        elif _splits_differently(before, message):
            split_again |= {message.thread_id or message.channel_id, before.thread_id or before.channel_id}
            said_otherwise.append(key)
        write.append((message, rank[0], rank[2]))
    db.many("UPDATE messages SET observed_at = ? WHERE id = ?", seen_later)
    calls.forget(db, said_otherwise)
    if write:
        _write_messages(db, write, split_again)
    added = sum(1 for message, _, _ in write if message.id not in known)
    return SaveCounts(added=added, changed=len(write) - added, unchanged=len(messages) - len(write))


def _splits_differently(before: Message, after: Message) -> bool:
    """Tell whether a change can move the message to another conversation; new reactions cannot."""
    same = {"url": after.url, "marks": after.marks, "edited_at": after.edited_at, "role": after.role}
    return before.model_copy(update=same) != after


def _write_messages(db: Database, write: Sequence[tuple[Message, int, str]], split_again: set[str]) -> None:
    changed = db.next_sequence()
    db.put("messages", [_message_row(message, observed, record) for message, observed, record in write])
    db.many(
        "INSERT INTO places (id, changed, split) VALUES (?, ?, 0) "
        "ON CONFLICT (id) DO UPDATE SET changed = excluded.changed",
        [(place, changed) for place in sorted(split_again)],
    )
    queue_threads_of(db, [message for message, _, _ in write])


def rewrite(db: Database, changed: Sequence[Message]) -> None:
    """Store new texts of messages without cutting places anew: their wording moves them nowhere."""
    db.many(
        "UPDATE messages SET record = ? WHERE id = ?", [(one.model_dump_json(), one.id) for one in changed]
    )
    db.touch("messages")
    queue_threads_of(db, changed)


def queue_threads_of(db: Database, changed: Sequence[Message]) -> None:
    """Mark the threads and conversations of changed messages as changed, and queue them."""
    touched = {message.thread_id for message in changed if message.thread_id}
    touched |= set(
        db.column(
            "SELECT DISTINCT thread_id FROM conversation_messages "
            "WHERE message_id IN (SELECT value FROM json_each(?))",
            [among(message.id for message in changed)],
        )
    )
    _queue_threads(db, touched)


def _message_row(message: Message, observed: int, record: str) -> Row:
    return {
        "id": message.id,
        "source": message.source,
        "channel_id": message.channel_id,
        "thread_id": message.thread_id,
        "place": message.thread_id or message.channel_id,
        "author": message.author,
        "kind": message.kind.value,
        "language": message.language,
        "created_at": schema.microseconds(message.created_at),
        "observed_at": observed,
        "record": record,
    }


def _queue_threads(db: Database, touched: set[str]) -> None:
    """Mark threads as changed, with the conversations that were cut out of them, and queue them."""
    if not touched:
        return
    changed = db.next_sequence()
    db.many("UPDATE threads SET changed = ? WHERE id = ?", [(changed, key) for key in touched])
    queue(db, schema.THREADS, touched)


def _hide_titles(db: Database, refused: Sequence[Message]) -> set[str]:
    """Hide titles of threads that a refused message opened: the title is by the same hand."""
    hidden = set()
    for message in refused:
        if message.thread_id is None:
            continue
        earlier = db.value(
            "SELECT 1 FROM messages WHERE place = ? AND created_at < ? LIMIT 1",
            [message.thread_id, schema.microseconds(message.created_at)],
        )
        if earlier is None and hide_title(db, message.thread_id):
            hidden.add(message.thread_id)
    return hidden


def hide_title(db: Database, thread_id: str) -> bool:
    """Replace the title of a native thread for good; return whether it was shown until now."""
    db.execute("INSERT OR IGNORE INTO hidden_titles (thread_id) VALUES (?)", [thread_id])
    record = db.value("SELECT record FROM threads WHERE id = ?", [thread_id])
    if record is None:
        return False
    thread = Thread.model_validate_json(record)
    if thread.title == schema.REMOVED_TITLE:
        return False
    mended = thread.model_copy(update={"title": schema.REMOVED_TITLE}).model_dump_json()
    db.execute("UPDATE threads SET record = ? WHERE id = ?", [mended, thread_id])
    return True


def _save_documents(db: Database, documents: Sequence[Document]) -> SaveCounts:
    fresh = {document.id: document for document in documents}
    rows = {
        key: {"id": key, "source": document.source, "record": document.model_dump_json()}
        for key, document in fresh.items()
    }
    known = _records(db, "documents", rows)
    write = {key: row for key, row in rows.items() if known.get(key) != row["record"]}
    db.put("documents", write.values())
    queue(db, schema.DOCUMENTS, write)
    added = len(write.keys() - known.keys())
    return SaveCounts(added=added, changed=len(write) - added, unchanged=len(documents) - len(write))


def _save_cursor(db: Database, source: str, key: str, value: str) -> None:
    known = db.value("SELECT value FROM cursors WHERE source = ? AND key = ?", [source, key])
    if known != value:
        db.put("cursors", [{"source": source, "key": key, "value": value}])


def cursors(db: Database, source: str) -> dict[str, str]:
    """Return the cursors of a source by key."""
    rows = db.query("SELECT key, value FROM cursors WHERE source = ?", [source])
    return {row["key"]: row["value"] for row in rows}


def messages(db: Database, ids: Sequence[str]) -> list[Message]:
    """Return the messages that exist among `ids`, in the order given."""
    known = _records(db, "messages", set(ids))
    return [Message.model_validate_json(known[key]) for key in ids if key in known]


def documents(db: Database, ids: Sequence[str]) -> list[Document]:
    """Return the documents that exist among `ids`, in the order given."""
    known = _records(db, "documents", set(ids))
    return [Document.model_validate_json(known[key]) for key in ids if key in known]
