"""Threads with their messages, and the splitting of places into conversations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from threadlore.ids import digest
from threadlore.store import questions, schema
from threadlore.store.database import Database, Row, among
from threadlore.store.outbox_rows import queue
from threadlore.types import Channel, Conversation, Message, MessageKind, Question, Thread, ThreadKind

LEAF = (
    "(t.kind = 'split' OR NOT EXISTS (SELECT 1 FROM threads child WHERE child.parent = t.id "
    "AND child.kind = 'split'))"
)
"""SQL: a thread `t` that is read as one conversation, because nothing was cut out of it."""

READ_AT_ONCE = 500
"""Threads whose messages are held in memory at a time."""


def places_to_split(db: Database) -> list[str]:
    """Return ids of channels and native threads with messages newer than their last split."""
    return [str(key) for key in db.column("SELECT id FROM places WHERE changed > split ORDER BY id")]


def place_messages(db: Database, place: str, seen: dict[str, int]) -> tuple[str, list[Message], list[Thread]]:
    """Return (title, messages not in a frozen conversation, open conversations) of a place.

    `seen` keeps how far the place had changed when it was read, for `save_split`.
    """
    with db.snapshot():
        seen[place] = int(db.value("SELECT changed FROM places WHERE id = ?", [place]) or 0)
        records = db.column(
            "SELECT record FROM messages m WHERE place = ? AND kind = 'normal' AND NOT EXISTS ("
            "SELECT 1 FROM conversation_messages c JOIN threads t ON t.id = c.thread_id "
            "WHERE c.message_id = m.id AND t.frozen) ORDER BY created_at, id",
            [place],
        )
        open_ids = db.column(
            "SELECT id FROM threads WHERE parent = ? AND kind = 'split' AND NOT frozen ORDER BY id", [place]
        )
        title = _place_title(db, place)
        found = threads(db, open_ids)
    return title, [Message.model_validate_json(record) for record in records], found


def _place_title(db: Database, place: str) -> str:
    thread = db.value("SELECT record FROM threads WHERE id = ?", [place])
    if thread is not None:
        return Thread.model_validate_json(thread).title
    channel = db.value("SELECT record FROM channels WHERE id = ?", [place])
    return Channel.model_validate_json(channel).name if channel is not None else ""


def save_split(db: Database, place: str, conversations: Sequence[Thread], seen: dict[str, int]) -> None:
    """Replace the open conversations of a place; frozen ones stay as they are.

    A conversation that is the place itself says that it stays whole. Questions of a conversation that
    is gone go with it.
    """
    with db.write():
        children = db.query("SELECT id, frozen FROM threads WHERE parent = ? AND kind = 'split'", [place])
        frozen = {row["id"] for row in children if row["frozen"]}
        opened = {row["id"] for row in children} - frozen
        fresh = {item.id: item for item in conversations if item.id != place and item.id not in frozen}
        gone = opened - fresh.keys()
        changed = _changed(db, fresh, opened)
        remove(db, gone)
        _write(db, place, [fresh[key] for key in changed])
        if bool(fresh or frozen) != bool(children):
            queue(db, schema.THREADS, [place])
            db.execute("UPDATE threads SET changed = ? WHERE id = ?", [db.next_sequence(), place])
        _mark_split(db, place, seen)


def _changed(db: Database, fresh: dict[str, Thread], opened: set[str]) -> list[str]:
    known = {thread.id: thread for thread in threads(db, sorted(opened & fresh.keys()))}
    # Times and order follow from the messages, as they do when the thread is read.
    return [
        key
        for key, thread in fresh.items()
        if key not in known
        or _bare(known[key]) != _bare(thread)
        or set(known[key].message_ids) != set(thread.message_ids)
    ]


def _bare(thread: Thread) -> Thread:
    """Return a thread without what its messages say themselves."""
    return thread.model_copy(
        update={"message_ids": (), "opened_at": schema.moment(0), "last_at": schema.moment(0)}
    )


def _write(db: Database, place: str, changed: Sequence[Thread]) -> None:
    if not changed:
        return
    number = db.next_sequence()
    db.many("DELETE FROM conversation_messages WHERE thread_id = ?", [(thread.id,) for thread in changed])
    db.put("threads", [_row(thread, place, number) for thread in changed])
    db.put(
        "conversation_messages",
        [{"message_id": key, "thread_id": thread.id} for thread in changed for key in thread.message_ids],
    )
    queue(db, schema.THREADS, [thread.id for thread in changed])


def _row(thread: Thread, place: str, changed: int) -> Row:
    return {
        "id": thread.id,
        "source": thread.source,
        "channel_id": thread.channel_id,
        "parent": place,
        "kind": thread.kind.value,
        "frozen": int(thread.frozen),
        "observed_at": 0,
        "changed": changed,
        "record": thread.model_copy(update={"message_ids": ()}).model_dump_json(),
    }


def _mark_split(db: Database, place: str, seen: dict[str, int]) -> None:
    """Remember how far the place was read: what came in since then waits for the next split."""
    until = seen.pop(place, None)
    if until is None:
        db.execute("UPDATE places SET split = changed WHERE id = ?", [place])
    else:
        db.execute("UPDATE places SET split = ? WHERE id = ? AND split < ?", [until, place, until])


def remove(db: Database, thread_ids: Iterable[str]) -> None:
    """Delete threads with their links and questions; their messages stay. Inside `write()`."""
    keys = sorted(thread_ids)
    if not keys:
        return
    questions.delete_of_threads(db, keys)
    for table, column in (
        ("conversation_messages", "thread_id"),
        ("distilled", "thread_id"),
        ("threads", "id"),
    ):
        db.many(f"DELETE FROM {table} WHERE {column} = ?", [(key,) for key in keys])  # noqa: S608
    queue(db, schema.THREADS, keys)


def threads(db: Database, ids: Sequence[str]) -> list[Thread]:
    """Return the threads that exist among `ids`, in the order given, with ids of all their messages."""
    found = _bare_threads(db, ids)
    members = _members(db, found.values(), "m.id")
    return [
        _filled(found[key], [row["value"] for row in members[key]], members[key])
        for key in ids
        if key in found
    ]


def _bare_threads(db: Database, ids: Iterable[str]) -> dict[str, Thread]:
    records = db.column(
        "SELECT record FROM threads WHERE id IN (SELECT value FROM json_each(?))", [among(set(ids))]
    )
    parsed = [Thread.model_validate_json(record) for record in records]
    return {thread.id: thread for thread in parsed}


def _members(db: Database, found: Iterable[Thread], value: str) -> dict[str, list[Row]]:
    """Return messages of each thread, oldest first, as rows of thread_id, created_at and `value`."""
    groups: dict[str, list[Row]] = defaultdict(list)
    native: list[str] = []
    split: list[str] = []
    for thread in found:
        (split if thread.kind is ThreadKind.SPLIT else native).append(thread.id)
    if native:
        for row in db.query(
            f"SELECT m.place AS thread_id, m.created_at, {value} AS value FROM messages m "  # noqa: S608
            "WHERE m.place IN (SELECT value FROM json_each(?)) ORDER BY m.created_at, m.id",
            [among(native)],
        ):
            groups[row["thread_id"]].append(row)
    if split:
        for row in db.query(
            f"SELECT c.thread_id, m.created_at, {value} AS value FROM conversation_messages c "  # noqa: S608
            "JOIN messages m ON m.id = c.message_id "
            "WHERE c.thread_id IN (SELECT value FROM json_each(?)) ORDER BY m.created_at, m.id",
            [among(split)],
        ):
            groups[row["thread_id"]].append(row)
    return groups


def _filled(thread: Thread, message_ids: Sequence[str], rows: Sequence[Row]) -> Thread:
    if not rows:
        return thread
    return thread.model_copy(
        update={
            "message_ids": tuple(message_ids),
            "opened_at": schema.moment(rows[0]["created_at"]),
            "last_at": schema.moment(rows[-1]["created_at"]),
        }
    )


def conversations(
    db: Database, thread_ids: Sequence[str], seen: dict[str, tuple[int, str]] | None = None
) -> list[Conversation]:
    """Return conversations with their normal messages, in the order given.

    `seen` keeps what was read of each (how far it had changed, its hash), for `save_distilled`.
    """
    with db.snapshot():
        found = _bare_threads(db, thread_ids)
        members = _members(db, found.values(), "m.record")
        names = dict(_channel_names(db))
        changed = {} if seen is None else _changed_at(db, found)
    result = []
    for key in thread_ids:
        if key not in found:
            continue
        messages = [Message.model_validate_json(row["value"]) for row in members[key]]
        thread = _filled(found[key], [message.id for message in messages], members[key])
        normal = tuple(message for message in messages if message.kind is MessageKind.NORMAL)
        result.append(Conversation(thread=thread, messages=normal, channel=names.get(thread.channel_id, "")))
        if seen is not None:
            seen[key] = changed[key], input_hash(result[-1])
    return result


def _channel_names(db: Database) -> list[tuple[str, str]]:
    found = [Channel.model_validate_json(record) for record in db.column("SELECT record FROM channels")]
    return [(channel.id, channel.name) for channel in found]


def _changed_at(db: Database, ids: Iterable[str]) -> dict[str, int]:
    rows = db.query(
        "SELECT id, changed FROM threads WHERE id IN (SELECT value FROM json_each(?))", [among(ids)]
    )
    return {row["id"]: row["changed"] for row in rows}


def input_hash(conversation: Conversation) -> str:
    """Return a digest of everything in a conversation that distil reads."""
    thread = conversation.thread
    parts = [thread.title, str(thread.solved), thread.visibility.value, *thread.tags]
    for message in conversation.messages:
        parts += [message.id, message.author, message.role.value, message.text]
        parts.append(f"{message.marks.solved}/{message.marks.thanks}")
    return digest(*parts)


def distilled_inputs(db: Database) -> dict[str, str]:
    """Return the digest of what was last read of each conversation, by thread id."""
    rows = db.query("SELECT thread_id, input_hash FROM distilled")
    return {row["thread_id"]: row["input_hash"] for row in rows}


def conversations_to_distil(db: Database, method: str | None = None) -> list[str]:
    """Return ids of conversations that `method` has not read as they are now, ordered by id.

    Without a method, what any method has read counts as read. Only what was touched is read again; what
    was touched and is the same is marked as done.
    """
    rows = db.query(
        "SELECT t.id, t.changed, d.input_hash FROM threads t "  # noqa: S608
        "LEFT JOIN distilled d ON d.thread_id = t.id AND (?1 IS NULL OR d.method = ?1) "
        f"WHERE {LEAF} AND (d.thread_id IS NULL OR t.changed > d.changed) ORDER BY t.id",
        [method],
    )
    fresh = {row["id"] for row in rows if row["input_hash"] is None}
    touched = {row["id"]: row for row in rows if row["input_hash"] is not None}
    same: list[tuple[int, str]] = []
    keys = sorted(touched)
    for start in range(0, len(keys), READ_AT_ONCE):
        for conversation in conversations(db, keys[start : start + READ_AT_ONCE]):
            row = touched[conversation.thread.id]
            if row["input_hash"] == input_hash(conversation):
                same.append((row["changed"], conversation.thread.id))
    if same:
        with db.write():
            db.many("UPDATE distilled SET changed = ? WHERE thread_id = ?", same)
    changed = touched.keys() - {key for _, key in same}
    return sorted(_with_messages(db, fresh) | changed)


def _with_messages(db: Database, ids: set[str]) -> set[str]:
    """Return the threads that hold at least one message that may be read."""
    parameter = among(ids)
    native = db.column(
        "SELECT DISTINCT place FROM messages WHERE kind = 'normal' "
        "AND place IN (SELECT value FROM json_each(?))",
        [parameter],
    )
    split = db.column(
        "SELECT DISTINCT c.thread_id FROM conversation_messages c JOIN messages m ON m.id = c.message_id "
        "WHERE m.kind = 'normal' AND c.thread_id IN (SELECT value FROM json_each(?))",
        [parameter],
    )
    return set(native) | set(split)


def save_distilled(
    db: Database,
    method: str,
    found: Mapping[str, Sequence[Question]],
    seen: dict[str, tuple[int, str]],
) -> None:
    """Replace what each conversation asks (thread id -> questions) and mark it as read by `method` alone.

    What counts as distilled is what was read, so that a message that came in meanwhile is not missed.
    Questions of a conversation, or asked by a message, that is gone by now are left out.
    """
    with db.write():
        unread = [key for key in found if key not in seen]
        conversations(db, unread, seen)
        known = _changed_at(db, found)
        read = {key: seen.pop(key) for key in found if key in seen}
        questions.replace_of_threads(db, {key: list(found[key]) for key in found if key in known})
        db.many("DELETE FROM distilled WHERE thread_id = ?", [(key,) for key in read])
        db.put(
            "distilled",
            [
                {"thread_id": key, "method": method, "changed": changed, "input_hash": content}
                for key, (changed, content) in read.items()
                if key in known
            ],
        )
