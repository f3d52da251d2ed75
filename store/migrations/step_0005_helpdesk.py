"""What a bot keeps: votes, calls for a person, questions asked back, posts that were met, its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Make the tables."""
    db.table("votes").create(
        {"entry_id": str, "author": str, "text": str, "helpful": int, "at": int}, pk=("entry_id", "author")
    )
    db.table("handovers").create(
        {"id": str, "author": str, "message_id": str, "at": int, "closed": int, "record": str}, pk="id"
    )
    db.table("asked_back").create(
        {"author": str, "channel": str, "message_id": str, "deadline": int, "record": str},
        pk=("author", "channel"),
    )
    db.table("met_posts").create({"thread": str, "at": int}, pk="thread")
    db.table("bot_messages").create(
        {"message_id": str, "kind": str, "subject": str, "at": int, "record": str}, pk="message_id"
    )
    db.table("bot_messages").create_index(["kind", "at"])
    db.table("bot_notes").create({"key": str, "value": str}, pk="key")
