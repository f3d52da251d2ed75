"""What a bot keeps beside the records: votes, calls for a person, questions asked back, posts, its messages.

No Discord user stands here in the clear: people are pseudonyms. Everything obeys deletion.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from threadlore.ids import digest
from threadlore.types import FaqEntry, Instant, Record

NOT_HELPFUL = "people found it not helpful"
"""Reason for which an entry goes back to review after votes."""


GONE = "gone"
"""Subject of a message of the bot that must be deleted where it stands, and then forgotten."""


class Vote(Record):
    """What one person said of an entry as it stood. `text` is `text_digest` of that entry."""

    entry_id: str
    author: str
    text: str
    helpful: bool
    at: Instant


class Tally(Record):
    """Votes on an entry as it stands, one a person."""

    helpful: int = 0
    not_helpful: int = 0


class HandOver(Record):
    """A call for a person. `message_id` is the message it came from, empty for a command."""

    id: str
    author: str
    message_id: str
    url: str
    text: str
    at: Instant
    closed_at: Instant | None = None


class AskedBack(Record):
    """A question that waits for the argument `missing` of a tool until `deadline`."""

    id: str
    author: str
    channel: str
    message_id: str
    question: str
    missing: str
    deadline: Instant


class BotMessage(Record):
    """A message of the bot that must change or go when what it shows does.

    `subject` is the id of an entry (answer, review) or of a call for a person (handover). `shown` is the
    digest of what was shown. `author` is whose words it repeats, empty where it repeats nobody's.
    """

    message_id: str
    channel: str
    kind: Literal["answer", "review", "handover"]
    subject: str
    shown: str
    at: Instant
    author: str = ""


def text_digest(entry: FaqEntry) -> str:
    """Return what tells one text of an entry from another."""
    return digest(entry.question, entry.answer)


class HelpDesk(Protocol):
    """Keeps what a bot must not forget over a restart. Every call is one transaction."""

    def save_vote(self, vote: Vote) -> Tally:
        """Store a vote in place of an earlier one of that person; return the votes on that text."""
        ...

    def tallies(self, entries: Sequence[FaqEntry]) -> dict[str, Tally]:
        """Return the votes on entries as they stand now; an entry without votes is left out."""
        ...

    def save_handover(self, call: HandOver) -> bool:
        """Store a call for a person; False when it is there already."""
        ...

    def handovers(self) -> list[HandOver]:
        """Return the calls that are open, oldest first."""
        ...

    def close_handover(self, key: str, at: datetime) -> bool:
        """Close a call; False when there is no such open one."""
        ...

    def save_asked_back(self, asked: AskedBack) -> None:
        """Remember a question that was asked back; the newest of a person in a channel counts."""
        ...

    def take_asked_back(self, author: str, channel: str, now: datetime) -> AskedBack | None:
        """Return and remove what that person was asked back in that channel, if it is not too late."""
        ...

    def drop_late(self, now: datetime) -> int:
        """Forget questions whose deadline has passed; return how many."""
        ...

    def knows_post(self, thread: str) -> bool:
        """Tell whether a post was taken before."""
        ...

    def claim_post(self, thread: str, at: datetime) -> bool:
        """Take a new post for answering; False for one that was taken before: each is met once."""
        ...

    def save_message(self, message: BotMessage) -> None:
        """Remember a message of the bot."""
        ...

    def messages_of(self, kind: str, subject: str | None = None) -> list[BotMessage]:
        """Return the bot's messages of a kind, or those that show `subject`, oldest first."""
        ...

    def answers_shown(self) -> list[tuple[str, str]]:
        """Return (subject, shown) of the answers that stand somewhere, each pair once."""
        ...

    def drop_messages(self, message_ids: Sequence[str]) -> None:
        """Forget messages of the bot that are gone."""
        ...

    def opted_out(self, author: str) -> bool:
        """Tell whether a person asked to be forgotten."""
        ...

    def note(self, key: str) -> str:
        """Return what `set_note` kept under a key; empty where there is nothing."""
        ...

    def set_note(self, key: str, value: str) -> None:
        """Keep a small text, such as what commands Discord was last given."""
        ...
