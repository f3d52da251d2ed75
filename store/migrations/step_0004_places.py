"""Which sections of documentation each folder or archive held when it was last read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Make the table."""
    db.table("document_places").create({"place": str, "document": str}, pk=("place", "document"))
    db.table("document_places").create_index(["document"])
