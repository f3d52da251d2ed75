"""Deletion all the way: tombstone, rows and links, outbox, files. Nothing of it comes back."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from threadlore.embedding import content_hash
from threadlore.ids import native_thread_id
from threadlore.store import (
    calls,
    conversations,
    entries,
    helpdesk,
    messages,
    questions,
    rows,
    schema,
    topics,
)
from threadlore.store.copies import DeletedTexts, copied_titles, remove_copies
from threadlore.store.database import Database, among
from threadlore.store.mending import Deleted, mend_entry, words_of
from threadlore.store.outbox_rows import ask_rewrite, queue
from threadlore.store.records import Records
from threadlore.types import FaqEntry, Message, Question, QuestionStatus, Thread, Topic

LABEL_CHARACTERS = 80
"""Length of a topic's name when it has to be taken from a question."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeletionReport:
    """What a deletion took out, by count. `files_clean`: no page of SQLite holds it any more either.

    Milvus follows with the next `drain`, which writes the collections that held it afresh.
    """

    messages: int
    threads: int
    questions: int
    topics: int
    entries: int
    files_clean: bool


def forget_author(records: Records, pseudonym: str) -> DeletionReport:
    """Delete everything by an author, and refuse whatever comes in from them later."""
    db = records.database
    with db.write():
        db.execute("INSERT OR IGNORE INTO opt_outs (author) VALUES (?)", [pseudonym])
        helpdesk.forget_person(db, pseudonym)
        ids = db.column("SELECT id FROM messages WHERE author = ? ORDER BY id", [pseudonym])
        report = delete_rows(db, ids)
    return clean_files(db, report)


def delete(
    records: Records, ids: Sequence[str], thread_ids: Sequence[str] = (), channel_ids: Sequence[str] = ()
) -> DeletionReport:
    """Delete messages by id, threads with all their messages, and channels with all of both, or nothing.

    An unknown id of a message is refused when it comes in later; so is the title of a thread.
    """
    db = records.database
    with db.write():
        inside, threads = list(ids), list(thread_ids)
        for channel in channel_ids:
            inside += db.column("SELECT id FROM messages WHERE channel_id = ?", [channel])
            threads += db.column("SELECT id FROM threads WHERE channel_id = ? AND kind = 'native'", [channel])
        held = bool(channel_ids) or _held(db, inside, threads)
        report = _delete_all(db, inside, threads)
        db.many("DELETE FROM channels WHERE id = ?", [(channel,) for channel in channel_ids])
    # Of what was never stored nothing is left behind; a server where much is deleted would wait for it.
    return clean_files(db, report) if held else report


def _held(db: Database, ids: Sequence[str], thread_ids: Sequence[str]) -> bool:
    """Tell whether anything by or about these messages and threads is stored."""
    wanted = [(table, "message_id", ids) for table in ("handovers", "asked_back")]
    wanted += [("messages", "id", ids), ("threads", "id", thread_ids)]
    found = "SELECT 1 FROM {} WHERE {} IN (SELECT value FROM json_each(?)) LIMIT 1"
    return any(db.value(found.format(table, column), [among(keys)]) for table, column, keys in wanted)


def _delete_all(db: Database, ids: Sequence[str], thread_ids: Sequence[str]) -> DeletionReport:
    inside = [key for thread in conversations.threads(db, thread_ids) for key in thread.message_ids]
    for thread_id in thread_ids:
        messages.hide_title(db, thread_id)
    report = delete_rows(db, list(dict.fromkeys([*ids, *inside])))
    conversations.remove(db, thread_ids)
    if thread_ids:
        ask_rewrite(db, [schema.THREADS])
    return report


def delete_messages(records: Records, ids: Sequence[str]) -> DeletionReport:
    """Delete messages by id; an unknown id is refused when it comes in later."""
    return delete(records, ids)


def opted_out(records: Records) -> list[str]:
    """Return the pseudonyms whose messages are refused."""
    return records.database.column("SELECT author FROM opt_outs ORDER BY author")


def delete_rows(db: Database, ids: Sequence[str], *, lapsed: bool = False) -> DeletionReport:
    """Delete messages with everything that came from them; inside `write()`.

    `lapsed` says that nobody asked for it: see `retention`.
    """
    gone = messages.messages(db, ids)
    said = DeletedTexts.of(message.text for message in gone if not lapsed)
    if not lapsed:
        db.many("INSERT OR IGNORE INTO tombstones (message_id) VALUES (?)", [(key,) for key in ids])
    helpdesk.forget_messages(db, ids, said)
    if not gone:
        return DeletionReport(0, 0, 0, 0, 0, files_clean=True)
    given = {name: rows.indexed(db, name).keys() for name in schema.COLLECTIONS}
    touched = _threads_of(db, gone)
    asked = _questions_of(db, ids, (questions.ASKED,))
    texts = [message.text for message in gone] + [item.text for item in asked]
    titles = [] if lapsed else _titles_to_hide(db, touched, gone, copied_titles(db, said))
    titled = [*texts, *(thread.title for thread in titles)]
    mended = remove_copies(db, said)
    kept = {message.id: " ".join(words_of(message.text)) for message in mended}
    deleted = dataclasses.replace(Deleted.of(ids, titled), mended=kept)
    # What was asked together with a copy is read again from what is left.
    asked += [
        item
        for item in _questions_of(db, kept, (questions.ASKED,))
        if item not in asked and deleted.source_of(item.text)
    ]
    if not lapsed:
        asked += [item for item in _worded_from(db, touched, gone) if item not in asked]
    touched += [thread for thread in _threads_of(db, mended) if thread not in touched]

    _mend_questions(db, ids, {item.id for item in asked})
    topic_ids = _linked(db, "topic_questions", "topic_id", "question_id", [item.id for item in asked])
    entry_ids = _linked(db, "entry_messages", "entry_id", "message_id", [*ids, *kept]) | _linked(
        db, "entry_questions", "entry_id", "question_id", [item.id for item in asked]
    )
    questions.delete(db, [item.id for item in asked])
    # A draft may say what a model was shown, though its entry cites something else.
    entry_ids |= calls.entries_by(db, calls.forget(db, [*ids, *kept]))
    _delete_message_rows(db, ids)
    removed = _mend_threads(db, touched, titles)

    deleted = _with_words(db, deleted, topic_ids, entry_ids)
    _mend_topics(db, topic_ids, deleted)
    changed_entries = _mend_entries(db, entry_ids, deleted)
    helpdesk.forget_entries(db)
    calls.mend_trails(db, entry_ids, deleted)
    _forget_vectors(db)
    # What a stage was last given holds no text, but its output has changed under its hands.
    db.execute("DELETE FROM stage_inputs")
    held = {
        schema.THREADS: {thread.id for thread in [*touched, *titles]},
        schema.QUESTIONS: {item.id for item in asked},
        schema.PHRASINGS: _phrasing_rows(changed_entries),
    }
    ask_rewrite(db, [name for name, row_ids in held.items() if not row_ids.isdisjoint(given[name])])
    return DeletionReport(
        len(gone), len(removed), len(asked), len(topic_ids), len(changed_entries), files_clean=True
    )


def _phrasing_rows(changed: Iterable[FaqEntry]) -> set[str]:
    return {
        schema.phrasing_id(entry.id, number)
        for entry in changed
        for number in range(len(entry.paraphrases) + 1)
    }


def _linked(db: Database, table: str, wanted: str, column: str, ids: Iterable[str]) -> set[str]:
    return set(
        db.column(
            f"SELECT DISTINCT {wanted} FROM {table} "  # noqa: S608
            f"WHERE {column} IN (SELECT value FROM json_each(?))",
            [among(ids)],
        )
    )


def _threads_of(db: Database, gone: Sequence[Message]) -> list[Thread]:
    """Return the native threads and the conversations that hold one of the messages."""
    native = {message.thread_id for message in gone if message.thread_id}
    split = _linked(db, "conversation_messages", "thread_id", "message_id", [message.id for message in gone])
    return conversations.threads(db, sorted(native | split))


def _questions_of(db: Database, ids: Iterable[str], roles: Sequence[str]) -> list[Question]:
    found = db.column(
        "SELECT DISTINCT question_id FROM question_messages "
        "WHERE message_id IN (SELECT value FROM json_each(?)) AND role IN (SELECT value FROM json_each(?))",
        [among(ids), among(roles)],
    )
    return questions.questions(db, found)


def _worded_from(db: Database, touched: Sequence[Thread], gone: Sequence[Message]) -> list[Question]:
    """Return the questions that a model worded with words of deleted messages that nobody else there used.

    A model was shown the whole conversation. It reads what is left of it again.
    """
    deleted = {word for message in gone for word in words_of(message.text)}
    ids = {message.id for message in gone}
    found = []
    for talk in conversations.conversations(db, [thread.id for thread in touched]):
        kept = [message.text for message in talk.messages if message.id not in ids]
        lost = deleted - {word for text in kept for word in words_of(text)}
        records = db.column("SELECT record FROM questions WHERE thread_id = ?", [talk.thread.id])
        asked = [Question.model_validate_json(record) for record in records]
        found += [item for item in asked if item.prompt_hash and not lost.isdisjoint(words_of(item.text))]
    return found


def _titles_to_hide(
    db: Database, touched: Sequence[Thread], gone: Sequence[Message], copied: Sequence[str]
) -> list[Thread]:
    """Return the threads whose first message is deleted: whoever opened a thread gave it its title.

    Conversations cut out of a thread carry its title on.
    """
    ids = {message.id for message in gone}
    opened = {thread.id: thread for thread in touched if thread.message_ids and thread.message_ids[0] in ids}
    # A thread of Discord has the id of the message that it was opened on, and is often called like it.
    started = [
        native_thread_id(message.source, message.id.removeprefix(f"{message.source}/"))
        for message in gone
        if message.source.startswith("discord:")
    ]
    opened |= {thread.id: thread for thread in conversations.threads(db, [*started, *copied])}
    children = _linked(db, "threads", "id", "parent", opened)
    parents = {thread.title for thread in opened.values()}
    carried = [thread for thread in conversations.threads(db, sorted(children)) if thread.title in parents]
    return [*opened.values(), *(thread for thread in carried if thread.id not in opened)]


def _mend_questions(db: Database, ids: Sequence[str], falling: set[str]) -> None:
    """Take deleted messages out of the questions that stay."""
    gone = set(ids)
    mended = []
    for item in _questions_of(db, ids, (questions.RESOLUTION, questions.EVIDENCE)):
        if item.id in falling:
            continue
        resolution = tuple(key for key in item.resolution if key not in gone)
        update: dict[str, object] = {
            "resolution": resolution,
            "evidence": tuple(key for key in item.evidence if key not in gone),
        }
        if item.resolution and not resolution:
            update |= {"status": QuestionStatus.OPEN, "answered_at": None, "confirmed": False}
        mended.append(item.model_copy(update=update))
    questions.write(db, mended)


def _delete_message_rows(db: Database, ids: Sequence[str]) -> None:
    places = _linked(db, "messages", "place", "id", ids)
    for table, column in (("messages", "id"), ("conversation_messages", "message_id")):
        db.many(f"DELETE FROM {table} WHERE {column} = ?", [(key,) for key in ids])  # noqa: S608
    number = db.next_sequence()
    db.many("UPDATE places SET changed = ? WHERE id = ?", [(number, place) for place in sorted(places)])


def _mend_threads(db: Database, touched: Sequence[Thread], titles: Sequence[Thread]) -> list[str]:
    """Hide titles, and remove threads that hold nothing any more; return the removed ones."""
    for thread in titles:
        messages.hide_title(db, thread.id)
    left = conversations.threads(db, [thread.id for thread in touched])
    empty = [thread.id for thread in left if not thread.message_ids]
    conversations.remove(db, empty)
    number = db.next_sequence()
    changed = {thread.id for thread in [*touched, *titles]}
    db.many("UPDATE threads SET changed = ? WHERE id = ?", [(number, key) for key in changed])
    queue(db, schema.THREADS, changed)
    return empty


def _with_words(db: Database, deleted: Deleted, topic_ids: set[str], entry_ids: set[str]) -> Deleted:
    """Add the words of the affected texts that no message, question or document holds any more."""
    texts = [
        text
        for topic in _topics(db, topic_ids)
        for text in (topic.label, topic.description, *topic.keyphrases)
    ]
    for entry in entries.by_id(db, entry_ids).values():
        texts += [entry.question, *entry.paraphrases, *(item.question for item in entry.revisions)]
    left = {word for text in texts for word in words_of(text)} & deleted.words
    for table in ("documents", "messages"):
        with_text = f"SELECT json_extract(record, '$.text') FROM {table}"  # noqa: S608
        for text in db.stream(with_text):
            if not left:
                break
            plain = text.lower()
            left = {word for word in left if word not in plain}
    return dataclasses.replace(deleted, only_here=frozenset(left))


def _topics(db: Database, ids: Iterable[str]) -> list[Topic]:
    records = db.column(
        "SELECT record FROM topics WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", [among(ids)]
    )
    return [Topic.model_validate_json(record) for record in records]


def _mend_topics(db: Database, ids: set[str], deleted: Deleted) -> None:
    """Count topics again without the deleted questions; one that asks nothing any more is deleted."""
    empty, mended = [], []
    for topic in _topics(db, ids):
        left = questions.questions(db, topic.question_ids)
        if not left:
            empty.append(topic.id)
            continue
        staying = [item.text for item in left]
        known = {item.id for item in left}
        said = {word for text in staying for word in words_of(text)}
        fallen = _told_by(topic.label, deleted, staying, said)
        # A model puts things in its own words: none of them stay once a question is gone that it was shown.
        told = fallen or bool(topic.naming and len(known) < len(topic.question_ids))
        mended.append(
            topic.model_copy(
                update={
                    "label": staying[0][:LABEL_CHARACTERS] if told else topic.label,
                    "description": "" if told else topic.description,
                    "naming": "" if told else topic.naming,
                    "keyphrases": tuple(
                        phrase for phrase in topic.keyphrases if not _told_by(phrase, deleted, staying, said)
                    ),
                    "question_ids": tuple(key for key in topic.question_ids if key in known),
                    "authors": len({item.author for item in left}),
                    "first_seen": min(item.asked_at for item in left),
                    "last_seen": max(item.asked_at for item in left),
                }
            )
        )
    topics.delete(db, empty)
    topics.write(mended, db)


def _told_by(text: str, deleted: Deleted, staying: Sequence[str], said: set[str]) -> bool:
    """Return whether words about a topic come from what is deleted: no question of it that stays says them.

    Another message may still hold such a word, and go later without the topic being touched again.
    """
    return deleted.source_of(text, staying) or not deleted.words.isdisjoint(set(words_of(text)) - said)


def _mend_entries(db: Database, ids: set[str], deleted: Deleted) -> list[FaqEntry]:
    """Mend or delete entries; return the ones that changed, as they were."""
    changed, mended, empty = [], [], []
    for key, entry in sorted(entries.by_id(db, ids).items()):
        left = questions.questions(db, entry.question_ids)
        after = mend_entry(entry, deleted, [item.text for item in left])
        if after is None:
            empty.append(key)
            changed.append(entry)
            continue
        known = {item.id for item in left}
        linked = tuple(item for item in entry.question_ids if item in known)
        after = after.model_copy(update={"question_ids": linked})
        if after != entry:
            mended.append(after)
            changed.append(entry)
    entries.delete(db, empty)
    entries.write(db, mended)
    return changed


def _forget_vectors(db: Database) -> None:
    """Delete cached vectors of every text that is not in the records any more.

    A text is known by its hash alone, so that what stays is counted instead of what goes. Texts that were
    cut out of a message on the way have their vectors made again when they are needed.
    """
    staying: set[str] = set()
    for name in schema.COLLECTIONS:
        for page in rows.all_wanted(db, name):
            staying.update(content_hash(row.text) for row in page)
    for text in db.stream("SELECT json_extract(record, '$.text') FROM messages"):
        staying.add(content_hash(text))
    known = set(db.column("SELECT DISTINCT content_hash FROM embeddings"))
    db.many("DELETE FROM embeddings WHERE content_hash = ?", [(key,) for key in known - staying])


def clean_files(db: Database, report: DeletionReport) -> DeletionReport:
    """Write the file of the records afresh: moved rows leave copies in free space of old pages."""
    clean = db.compact()
    if not clean:
        _log.warning("another process reads the records: their log is cleared when it is done")
    return dataclasses.replace(report, files_clean=clean)
