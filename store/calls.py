"""Replies of chat models by the hash of their request, and the trails of entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from threadlore.calls import EntryTrail, ModelCall
from threadlore.incoming import Renewal
from threadlore.store.database import Database, among
from threadlore.store.mending import Deleted


def model_call(db: Database, key: str) -> ModelCall | None:
    """Return the reply kept under `key`."""
    record = db.value("SELECT record FROM model_calls WHERE key = ?", [key])
    return None if record is None else ModelCall.model_validate_json(record)


def model_calls(db: Database, keys: Sequence[str]) -> list[ModelCall]:
    """Return the replies that exist among `keys`, ordered by key."""
    records = db.column(
        "SELECT record FROM model_calls WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key",
        [among(keys)],
    )
    return [ModelCall.model_validate_json(record) for record in records]


def save_model_call(db: Database, call: ModelCall, messages: Sequence[str]) -> bool:
    """Keep a reply with links to the messages whose text its request carried.

    Returns:
        False, and keeps nothing, when one of them has been deleted while the model was at work.
    """
    with db.write():
        gone = db.value(
            "SELECT 1 FROM tombstones WHERE message_id IN (SELECT value FROM json_each(?)) LIMIT 1",
            [among(messages)],
        )
        if gone:
            return False
        row = (call.key, call.run_id, call.model_dump_json())
        db.execute("INSERT OR REPLACE INTO model_calls (key, run_id, record) VALUES (?, ?, ?)", row)
        db.many(
            "INSERT OR IGNORE INTO model_call_messages (key, message_id) VALUES (?, ?)",
            [(call.key, message) for message in messages],
        )
    return True


def save_trails(db: Database, trails: Sequence[EntryTrail]) -> None:
    """Store trails by entry and run."""
    with db.write():
        db.many(
            "INSERT OR REPLACE INTO trails (entry_id, run_id, record) VALUES (?, ?, ?)",
            [(one.entry_id, one.run_id, one.model_dump_json()) for one in trails],
        )


def trails(db: Database, run_id: str | None = None, entry_id: str | None = None) -> list[EntryTrail]:
    """Return the trails of a run, of an entry, of both, or all, ordered by entry and run."""
    records = db.column(
        "SELECT record FROM trails WHERE (?1 IS NULL OR run_id = ?1) AND (?2 IS NULL OR entry_id = ?2) "
        "ORDER BY entry_id, run_id",
        [run_id, entry_id],
    )
    return [EntryTrail.model_validate_json(record) for record in records]


def forget(db: Database, message_ids: Iterable[str], keys: Iterable[str] = ()) -> set[str]:
    """Delete the replies that were given one of the messages, and those named by key; inside `write()`.

    Returns:
        Their keys.
    """
    found = db.column(
        "SELECT DISTINCT key FROM model_call_messages WHERE message_id IN (SELECT value FROM json_each(?))",
        [among(message_ids)],
    )
    gone = {*found, *keys}
    db.many("DELETE FROM model_calls WHERE key = ?", [(key,) for key in gone])
    db.many("DELETE FROM model_call_messages WHERE key = ?", [(key,) for key in gone])
    return gone


def entries_by(db: Database, keys: Iterable[str]) -> set[str]:
    """Return the entries of whose drafts one was written or judged by a call named in `keys`."""
    return set(
        db.column(
            "SELECT DISTINCT entry_id FROM trails, json_each(record, '$.calls') call "
            "WHERE call.value IN (SELECT value FROM json_each(?))",
            [among(keys)],
        )
    )


def renew(db: Database, renewal: Renewal) -> None:
    """Delete replies, and write trails anew, that hold a name known by now; inside `write()`."""
    held = [
        row["key"]
        for row in db.query("SELECT key, record FROM model_calls")
        if renewal.touches(row["record"]) and renewal.renewed(row["record"]) != row["record"]
    ]
    forget(db, [], held)
    fresh = []
    for trail in trails(db):
        texts = [renewal.renewed(one.text) for one in trail.sentences]
        if texts != [one.text for one in trail.sentences]:
            pairs = zip(trail.sentences, texts, strict=True)
            sentences = tuple(one.model_copy(update={"text": text}) for one, text in pairs)
            fresh.append(trail.model_copy(update={"sentences": sentences}))
    save_trails(db, fresh)


def mend_trails(db: Database, entry_ids: Iterable[str], deleted: Deleted) -> None:
    """Take out of the trails of entries what stood on deleted text; inside `write()`.

    A trail tells of sentences that were cut too, whose sources its entry does not cite.

    A sentence that cites nothing has no place to prove where its words came from: it goes as well.
    """
    fallen = deleted.source_ids | deleted.mended.keys()
    for record in db.column(
        "SELECT record FROM trails WHERE entry_id IN (SELECT value FROM json_each(?1)) OR EXISTS (SELECT 1 "
        "FROM json_each(record, '$.sentences') said, json_each(said.value, '$.sources') source "
        "WHERE source.value IN (SELECT value FROM json_each(?2)))",
        [among(entry_ids), among(fallen)],
    ):
        trail = EntryTrail.model_validate_json(record)
        left = tuple(
            one
            for one in trail.sentences
            if one.sources and fallen.isdisjoint(one.sources) and not deleted.source_of(one.text)
        )
        save_trails(db, [trail.model_copy(update={"sentences": left})])
