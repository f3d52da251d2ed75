"""Replies of chat models with links to the messages whose text they were given, and trails of entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Make the tables."""
    db.table("model_calls").create({"key": str, "run_id": str, "record": str}, pk="key")
    db.table("model_calls").create_index(["run_id"])
    db.table("model_call_messages").create({"key": str, "message_id": str}, pk=("key", "message_id"))
    db.table("model_call_messages").create_index(["message_id"])
    db.table("trails").create({"entry_id": str, "run_id": str, "record": str}, pk=("entry_id", "run_id"))
