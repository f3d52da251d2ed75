"""Copies of deleted text in what others wrote: quotes, forwards, and what bots repeat."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from threadlore.store import messages
from threadlore.store.database import Database
from threadlore.store.mending import words_of
from threadlore.types import Message, Role

REMOVED = "[removed]"
"""Stands for a line that was a copy of deleted text."""

_QUOTE = re.compile(r"\s*(?:(?:>|&gt;)\s*)+")
_QUOTED_WORDS = 3
_REPEATED_WORDS = 5
"""Shortest line that counts as a copy: in a quote, and in what a bot says."""


@dataclass(frozen=True, slots=True)
class DeletedTexts:
    """Deleted texts as words, to tell whether a line is a part of one."""

    joined: str

    @classmethod
    def of(cls, texts: Iterable[str]) -> DeletedTexts:
        """Read the deleted texts."""
        return cls("".join(f"\n {' '.join(words_of(text))} " for text in texts))

    def hold(self, text: str, least: int) -> bool:
        """Tell whether `text`, of at least so many words, stands in one of the deleted texts."""
        words = words_of(text)
        return len(words) >= least and f" {' '.join(words)} " in self.joined

    def taken_out_of(self, text: str, role: Role = Role.MEMBER) -> str:
        """Return what somebody wrote with every line that is a copy as `REMOVED`; marks of quotes stay.

        A member's line counts when it is marked as a quote: two people may well paste the same error. Bots
        repeat what others said without a mark.
        """
        lines = text.split("\n")
        for at, line in enumerate(lines):
            mark = _QUOTE.match(line)
            if mark and self.hold(line[mark.end() :], _QUOTED_WORDS):
                lines[at] = mark.group(0) + REMOVED
            elif role is Role.BOT and self.hold(line, _REPEATED_WORDS):
                lines[at] = REMOVED
        return "\n".join(lines)


def remove_copies(db: Database, deleted: DeletedTexts) -> list[Message]:
    """Take copies of deleted texts out of the messages that stay, for good; inside `write()`.

    Returns the changed messages as they are now.
    """
    mended = []
    for record in db.column("SELECT record FROM messages WHERE record LIKE '%>%' OR record LIKE '%\"bot\"%'"):
        message = Message.model_validate_json(record)
        left = deleted.taken_out_of(message.text, message.role)
        if left != message.text:
            mended.append(message.model_copy(update={"text": left}))
    messages.rewrite(db, mended)
    db.many("INSERT OR IGNORE INTO mended_messages (message_id) VALUES (?)", [(one.id,) for one in mended])
    return mended


def copied_titles(db: Database, deleted: DeletedTexts) -> list[str]:
    """Return ids of the threads whose title quotes a deleted text."""
    rows = db.query(
        "SELECT id, json_extract(record, '$.title') AS title FROM threads WHERE record LIKE '%>%'"
    )
    return [row["id"] for row in rows if deleted.taken_out_of(row["title"]) != row["title"]]
