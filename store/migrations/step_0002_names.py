"""Names that people were met under, as keyed hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Make the table."""
    db.table("names").create({"digest": str, "pseudonym": str}, pk="digest")
