"""Texts written anew when a name becomes known that they hold: messages first, then what came from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from pydantic import JsonValue, TypeAdapter

from threadlore.incoming import KnownName, Renewal, RenewalCounts
from threadlore.store import calls, entries, messages, questions, rows, schema, topics
from threadlore.store.database import Database
from threadlore.store.outbox_rows import ask_rewrite, queue
from threadlore.types import FaqEntry, Message, Question, Record, Thread, Topic

_TEXTS = {
    Message: ("text",),
    Thread: ("title", "tags"),
    Question: ("text",),
    Topic: ("label", "description", "keyphrases"),
    FaqEntry: ("question", "paraphrases", "answer", "citations", "review_reasons", "revisions"),
}
_NO_TEXT = frozenset({"id", "source_id", "url", "kind", "state", "by", "at", "tool_calls"})
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)

Kept = TypeVar("Kept", bound=Record)


def known_names(db: Database) -> list[KnownName]:
    """Return the names that people were met under, ordered by digest."""
    found = db.query("SELECT digest, pseudonym FROM names ORDER BY digest")
    return [KnownName(row["digest"], row["pseudonym"]) for row in found]


def mend_names(db: Database, names: Sequence[KnownName], renewal: Renewal) -> RenewalCounts:
    """Remember names, and write every text anew that held one: in the records, and with that in Milvus.

    One transaction: killed before its end, the names are as new as before. Without names nothing is read.
    """
    if not names:
        return RenewalCounts(0, 0)
    with db.write():
        db.put("names", [{"digest": known.digest, "pseudonym": known.pseudonym} for known in names])
        said = _changed(db, "messages", Message, renewal)
        titled = _changed(db, "threads", Thread, renewal)
        messages.rewrite(db, said)
        _write_threads(db, titled)
        asked = _changed(db, "questions", Question, renewal)
        grouped = _changed(db, "topics", Topic, renewal)
        answered = _changed(db, "entries", FaqEntry, renewal)
        held = _held(db, said, titled, asked, answered)
        questions.write(db, asked)
        topics.write(grouped, db)
        entries.write(db, answered)
        calls.renew(db, renewal)
        ask_rewrite(db, held)
    done = RenewalCounts(len(said) + len(titled), len(asked) + len(grouped) + len(answered))
    if done.messages or done.derived:
        # What stood there before is still in free space of the file and in its log.
        db.compact()
    return done


def _changed(db: Database, table: str, kind: type[Kept], renewal: Renewal) -> list[Kept]:
    found = []
    for record in db.stream(f"SELECT record FROM {table} ORDER BY id"):  # noqa: S608
        if not renewal.touches(record):
            continue
        old = kind.model_validate_json(record)
        plain = old.model_dump(mode="json", include=set(_TEXTS[kind]))
        fresh = {name: _renewed(value, renewal.renewed) for name, value in plain.items()}
        if fresh != plain:
            found.append(kind.model_validate(old.model_dump() | fresh))
    return found


def _renewed(value: JsonValue, renew: Callable[[str], str]) -> JsonValue:
    if isinstance(value, str):
        return renew(value)
    if isinstance(value, list):
        return [_renewed(item, renew) for item in value]
    if isinstance(value, dict):
        return {name: item if name in _NO_TEXT else _renewed(item, renew) for name, item in value.items()}
    return value


def _write_threads(db: Database, titled: Sequence[Thread]) -> None:
    changed = db.next_sequence()
    db.many(
        "UPDATE threads SET record = ?, changed = ? WHERE id = ?",
        [(one.model_dump_json(), changed, one.id) for one in titled],
    )
    db.touch("threads")
    queue(db, schema.THREADS, [one.id for one in titled])


def _held(
    db: Database,
    said: Iterable[Message],
    titled: Iterable[Thread],
    asked: Iterable[Question],
    answered: Iterable[FaqEntry],
) -> list[str]:
    """Return the collections whose files may hold the old text, because Milvus was given such rows."""
    waiting = set(db.column("SELECT row_id FROM outbox WHERE collection = ?", [schema.THREADS]))
    touched = {
        schema.THREADS: waiting if any(True for _ in (*said, *titled)) else set(),
        schema.QUESTIONS: {one.id for one in asked},
        schema.PHRASINGS: {
            schema.phrasing_id(one.id, number)
            for one in answered
            for number in range(len(one.paraphrases) + 1)
        },
    }
    return [name for name, ids in touched.items() if not ids.isdisjoint(rows.indexed(db, name, sorted(ids)))]
