"""A draft that a maintainer makes of a message. Pure."""

from __future__ import annotations

from datetime import datetime

from threadlore.ids import entry_id, revision_id
from threadlore.types import Citation, EntryOrigin, EntryState, FaqEntry, Message, Revision


def added_entry(message: Message, question: str, answer: str, by: str, now: datetime) -> FaqEntry:
    """Return a draft that cites a message; the same message makes the same draft."""
    key = entry_id("added", message.id)
    citation = Citation(source_id=message.id, kind="message", quote=message.text, url=message.url)
    note = Revision(
        id=revision_id(key, answer, question),
        question=question,
        answer=answer,
        citations=(citation,),
        reason="added from Discord",
        by=by,
        at=now,
        state="accepted",
    )
    return FaqEntry(
        id=key,
        question=question,
        answer=answer,
        citations=(citation,),
        core=(0,),
        state=EntryState.DRAFT,
        origin=EntryOrigin.CURATED,
        revisions=(note,),
        created_at=now,
        updated_at=now,
    )
