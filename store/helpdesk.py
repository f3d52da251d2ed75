"""What a bot keeps, in the records: people as pseudonyms, and everything gone with what it came from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime

from threadlore.helpdesk import (
    GONE,
    NOT_HELPFUL,
    AskedBack,
    BotMessage,
    HandOver,
    Tally,
    Vote,
    text_digest,
)
from threadlore.review import DESPITE
from threadlore.store.copies import DeletedTexts
from threadlore.store.database import Database, among
from threadlore.store.schema import microseconds
from threadlore.types import FaqEntry

_COPIED_WORDS = 3
"""Shortest text of a call or a question that counts as taken from a deleted message."""


@dataclasses.dataclass(frozen=True, slots=True)
class StoredHelpDesk:
    """The seam `HelpDesk` on the database of a data folder."""

    db: Database

    def save_vote(self, vote: Vote) -> Tally:
        """Store a vote in place of an earlier one of that person; return the votes on that text."""
        row = vote.model_dump() | {"helpful": int(vote.helpful), "at": microseconds(vote.at)}
        with self.db.write():
            self.db.put("votes", [row])
            return self._tally(vote.entry_id, vote.text, 0)

    def tallies(self, entries: Sequence[FaqEntry]) -> dict[str, Tally]:
        """Return the votes on entries as they stand now; an entry without votes is left out.

        Votes that a person overruled, by approving the entry in spite of them, do not count again.
        """
        voted = set(self.db.column("SELECT DISTINCT entry_id FROM votes"))
        found = {
            entry.id: self._tally(entry.id, text_digest(entry), _overruled_at(entry))
            for entry in entries
            if entry.id in voted
        }
        return {key: tally for key, tally in found.items() if tally != Tally()}

    def _tally(self, entry_id: str, text: str, since: int) -> Tally:
        rows = self.db.query(
            "SELECT helpful, count(*) AS votes FROM votes WHERE entry_id = ? AND text = ? AND at > ? "
            "GROUP BY helpful",
            [entry_id, text, since],
        )
        votes = {bool(row["helpful"]): int(row["votes"]) for row in rows}
        return Tally(helpful=votes.get(True, 0), not_helpful=votes.get(False, 0))

    def save_handover(self, call: HandOver) -> bool:
        """Store a call for a person; False when it is there already."""
        with self.db.write():
            return bool(
                self.db.execute(
                    "INSERT OR IGNORE INTO handovers (id, author, message_id, at, closed, record) "
                    "VALUES (?, ?, ?, ?, 0, ?)",
                    [call.id, call.author, call.message_id, microseconds(call.at), call.model_dump_json()],
                )
            )

    def handovers(self) -> list[HandOver]:
        """Return the calls that are open, oldest first."""
        records = self.db.column("SELECT record FROM handovers WHERE closed = 0 ORDER BY at, id")
        return [HandOver.model_validate_json(record) for record in records]

    def close_handover(self, key: str, at: datetime) -> bool:
        """Close a call; False when there is no such open one."""
        with self.db.write():
            record = self.db.value("SELECT record FROM handovers WHERE id = ? AND closed = 0", [key])
            if record is None:
                return False
            # It is remembered that there was one; its words are needed no more.
            closed = HandOver.model_validate_json(record).model_copy(
                update={"closed_at": at, "text": "", "url": ""}
            )
            self.db.execute(
                "UPDATE handovers SET closed = 1, record = ? WHERE id = ?", [closed.model_dump_json(), key]
            )
        return True

    def save_asked_back(self, asked: AskedBack) -> None:
        """Remember a question that was asked back; the newest of a person in a channel counts."""
        row = {
            "author": asked.author,
            "channel": asked.channel,
            "message_id": asked.message_id,
            "deadline": microseconds(asked.deadline),
            "record": asked.model_dump_json(),
        }
        with self.db.write():
            self.db.put("asked_back", [row])

    def take_asked_back(self, author: str, channel: str, now: datetime) -> AskedBack | None:
        """Return and remove what that person was asked back in that channel, if it is not too late."""
        with self.db.write():
            self.db.execute("DELETE FROM asked_back WHERE deadline <= ?", [microseconds(now)])
            record = self.db.value(
                "SELECT record FROM asked_back WHERE author = ? AND channel = ?", [author, channel]
            )
            if record is None:
                return None
            self.db.execute("DELETE FROM asked_back WHERE author = ? AND channel = ?", [author, channel])
        return AskedBack.model_validate_json(record)

    def drop_late(self, now: datetime) -> int:
        """Forget questions whose deadline has passed; return how many."""
        late = [microseconds(now)]
        if not self.db.value("SELECT 1 FROM asked_back WHERE deadline <= ? LIMIT 1", late):
            return 0
        with self.db.write():
            return self.db.execute("DELETE FROM asked_back WHERE deadline <= ?", late)

    def knows_post(self, thread: str) -> bool:
        """Tell whether a post was taken before."""
        return bool(self.db.value("SELECT 1 FROM met_posts WHERE thread = ?", [thread]))

    def claim_post(self, thread: str, at: datetime) -> bool:
        """Take a new post for answering; False for one that was taken before: each is met once."""
        with self.db.write():
            return bool(
                self.db.execute(
                    "INSERT OR IGNORE INTO met_posts (thread, at) VALUES (?, ?)", [thread, microseconds(at)]
                )
            )

    def save_message(self, message: BotMessage) -> None:
        """Remember a message of the bot."""
        row = {
            "message_id": message.message_id,
            "kind": message.kind,
            "subject": message.subject,
            "at": microseconds(message.at),
            "record": message.model_dump_json(),
        }
        with self.db.write():
            self.db.put("bot_messages", [row])

    def messages_of(self, kind: str, subject: str | None = None) -> list[BotMessage]:
        """Return the bot's messages of a kind, or those that show `subject`, oldest first."""
        records = self.db.column(
            "SELECT record FROM bot_messages WHERE kind = ? AND subject = coalesce(?, subject) "
            "ORDER BY at, message_id",
            [kind, subject],
        )
        return [BotMessage.model_validate_json(record) for record in records]

    def answers_shown(self) -> list[tuple[str, str]]:
        """Return (subject, shown) of the answers that stand somewhere, each pair once."""
        rows = self.db.query(
            "SELECT DISTINCT subject, json_extract(record, '$.shown') AS shown FROM bot_messages "
            "WHERE kind = 'answer' AND subject <> '' ORDER BY subject, shown"
        )
        return [(row["subject"], row["shown"]) for row in rows]

    def drop_messages(self, message_ids: Sequence[str]) -> None:
        """Forget messages of the bot that are gone."""
        with self.db.write():
            self.db.many("DELETE FROM bot_messages WHERE message_id = ?", [(key,) for key in message_ids])

    def opted_out(self, author: str) -> bool:
        """Tell whether a person asked to be forgotten."""
        return self.db.value("SELECT 1 FROM opt_outs WHERE author = ?", [author]) is not None

    def note(self, key: str) -> str:
        """Return what `set_note` kept under a key; empty where there is nothing."""
        return str(self.db.value("SELECT value FROM bot_notes WHERE key = ?", [key]) or "")

    def set_note(self, key: str, value: str) -> None:
        """Keep a small text, such as what commands Discord was last given."""
        with self.db.write():
            self.db.put("bot_notes", [{"key": key, "value": value}])


def _overruled_at(entry: FaqEntry) -> int:
    """Return when a person last approved an entry in spite of its votes, in microseconds since 1970."""
    times = [
        microseconds(old.at)
        for old in entry.revisions
        if old.reason.startswith(DESPITE) and NOT_HELPFUL in old.reason
    ]
    return max(times, default=0)


def lapse_calls(db: Database, before: datetime) -> int:
    """Delete the calls for a person of before a time; return how many; inside `write()`."""
    return db.execute("DELETE FROM handovers WHERE at < ?", [microseconds(before)])


def forget_person(db: Database, author: str) -> None:
    """Delete what a person said to the bot; inside `write()`.

    Messages of the bot that repeat their words are marked: the bot deletes them where they stand.
    """
    for table in ("votes", "handovers", "asked_back"):
        db.execute(f"DELETE FROM {table} WHERE author = ?", [author])  # noqa: S608
    for record in db.column("SELECT record FROM bot_messages"):
        message = BotMessage.model_validate_json(record)
        if message.author == author:
            gone = message.model_copy(update={"subject": GONE, "author": ""})
            db.execute(
                "UPDATE bot_messages SET subject = ?, record = ? WHERE message_id = ?",
                [GONE, gone.model_dump_json(), gone.message_id],
            )


def forget_messages(db: Database, ids: Iterable[str], texts: DeletedTexts) -> None:
    """Delete what came from deleted messages, or repeats them; inside `write()`.

    The bot's own messages stay known until the bot has deleted them where they stand.
    """
    for table in ("handovers", "asked_back"):
        db.execute(
            f"DELETE FROM {table} WHERE message_id IN (SELECT value FROM json_each(?))",  # noqa: S608
            [among(ids)],
        )
    for record in db.column("SELECT record FROM handovers"):
        call = HandOver.model_validate_json(record)
        if texts.hold(call.text, _COPIED_WORDS):
            db.execute("DELETE FROM handovers WHERE id = ?", [call.id])
    for record in db.column("SELECT record FROM asked_back"):
        asked = AskedBack.model_validate_json(record)
        if texts.hold(asked.question, _COPIED_WORDS):
            db.execute(
                "DELETE FROM asked_back WHERE author = ? AND channel = ?", [asked.author, asked.channel]
            )


def forget_entries(db: Database) -> None:
    """Delete votes on entries that are no more; inside `write()`."""
    db.execute("DELETE FROM votes WHERE entry_id NOT IN (SELECT id FROM entries)")
