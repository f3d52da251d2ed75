"""Changes of the schema: numbered steps, one file each, only ever added to.

A step is a module `step_NNNN_name` with `apply(db)`. It runs in one transaction together with the record
that it ran, so that a kill leaves it done or not begun.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from threadlore.errors import StoreDamaged

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database


def steps() -> list[str]:
    """Return the names of all steps in order."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name.startswith("step_"))


def applied(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the steps that ran; writes nothing."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone():
        return []
    return [str(row[0]) for row in connection.execute("SELECT name FROM migrations ORDER BY name")]


def pending(connection: sqlite3.Connection) -> list[str]:
    """Return the steps that are still needed; writes nothing.

    Raises:
        StoreDamaged: the records were written by a newer version of this program.
    """
    known, done = steps(), applied(connection)
    newer = [name for name in done if name not in known]
    if newer:
        raise StoreDamaged(
            f"The records were written by a newer version of Threadlore ({newer[-1]}).",
            "Install that version.",
        )
    return [name for name in known if name not in done]


def migrate(db: Database) -> list[str]:
    """Run every pending step, each in its own transaction; return what ran.

    Two processes may start at once: whoever comes second finds the step done.
    """
    ran = []
    for name in pending(db.conn):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            if name not in applied(db.conn):
                importlib.import_module(f"{__name__}.{name}").apply(db)
                if "migrations" not in db.table_names():
                    db.table("migrations").create({"name": str}, pk="name")
                db.conn.execute("INSERT INTO migrations (name) VALUES (?)", [name])
                ran.append(name)
            db.conn.execute("COMMIT")
        except BaseException:
            db.conn.rollback()
            raise
    return ran
