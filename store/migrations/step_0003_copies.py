"""Messages out of which a copy of deleted text was taken: no later copy of them may bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Make the table."""
    db.table("mended_messages").create({"message_id": str}, pk="message_id")
