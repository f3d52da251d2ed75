"""One SQLite connection with one writer at a time, safe for threads and for many processes."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from threadlore.errors import Locked, StoreDamaged
from threadlore.folders import make_private
from threadlore.store.migrations import migrate, pending

if TYPE_CHECKING:
    import sqlite_utils

BUSY_MILLISECONDS = 60_000
"""How long a writer waits for another process to finish its transaction."""

Row = dict[str, Any]
Kept = TypeVar("Kept")


class Database:
    """The records of a data folder.

    Threads share the connection and take turns. Every process has its own; SQLite's WAL lets them read
    while one writes. `secure_delete` overwrites what is deleted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.RLock()
        self._written: Counter[str] = Counter()
        self._kept: dict[str, tuple[tuple[int, int], Any]] = {}
        make_private(path.parent)
        try:
            # SQLite gives its log the permissions of the file.
            if not path.exists():
                path.touch(mode=0o600)
        except OSError as error:
            raise StoreDamaged(
                f"{path} cannot be made: {error.strerror}.", "Check the disk and the permissions."
            ) from error
        try:
            self.connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=BUSY_MILLISECONDS / 1000
            )
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=NORMAL")
            self.connection.execute("PRAGMA secure_delete=ON")
            if pending(self.connection):
                migrate(self.tables)
        except sqlite3.OperationalError as error:
            raise self._busy_or_damaged(error) from error
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(
                f"{path} is not a records file that can be read: {error}.",
                "Restore a backup with `threadlore store restore`.",
            ) from error

    @cached_property
    def tables(self) -> sqlite_utils.Database:
        """The tables as sqlite-utils sees them.

        It loads pandas where that is installed, half a second that a command which only reads can spare.
        """
        import sqlite_utils

        return sqlite_utils.Database(self.connection)

    def _busy_or_damaged(self, error: sqlite3.OperationalError) -> Locked | StoreDamaged:
        if "locked" in str(error) or "busy" in str(error):
            return Locked(
                f"Another process has been writing to {self.path} for a minute.", "Try again when it is done."
            )
        return StoreDamaged(f"{self.path} cannot be used: {error}.", "Check the disk and the permissions.")

    @contextmanager
    def write(self) -> Iterator[None]:
        """Run one transaction: all of it is stored, or none of it.

        Raises:
            Locked: another process has held the records for a minute.
        """
        with self._turn:
            if self.connection.in_transaction:
                yield
                return
            try:
                self.connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise self._busy_or_damaged(error) from error
            try:
                yield
            except BaseException:
                self.connection.rollback()
                raise
            self.connection.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read several things as they stood at one moment."""
        with self._turn:
            if self.connection.in_transaction:
                yield
                return
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                self.connection.rollback()

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return rows as dicts."""
        with self._turn:
            cursor = self.connection.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return rows as tuples, which is quicker where there are many."""
        with self._turn:
            return self.connection.execute(sql, parameters).fetchall()

    def column(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """Return the first column of every row."""
        with self._turn:
            return [row[0] for row in self.connection.execute(sql, parameters)]

    def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        """Return the first column of the first row, None where there is none."""
        with self._turn:
            row = self.connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement inside `write()` and return how many rows it touched."""
        with self._turn:
            return self.connection.execute(sql, parameters).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement for every row, inside `write()`."""
        with self._turn:
            self.connection.executemany(sql, rows)

    def put(self, table: str, rows: Iterable[Row]) -> None:
        """Insert rows, or replace those with the same key, inside `write()`."""
        with self._turn:
            if found := list(rows):
                self._written[table] += 1
                self.tables.table(table).insert_all(found, replace=True)

    def change_stamp(self) -> str:
        """Return what changes with every write: SQLite's count of others' commits, and of own changes."""
        with self._turn:
            (version,) = self.connection.execute("PRAGMA data_version").fetchone()
            return f"{version}-{self.connection.total_changes}"

    def touch(self, table: str) -> None:
        """Say that rows of a table are changed by other means than `put`, so that `keep` reads again."""
        self._written[table] += 1

    def keep(self, table: str, read: Callable[[], Kept]) -> Kept:
        """Return what `read` makes of a table, kept until the table or another process changes the file.

        Parsing a table of 100,000 records takes seconds, and a run wants it at every stage.
        """
        with self._turn:
            if self.connection.in_transaction:
                return read()
            (others,) = self.connection.execute("PRAGMA data_version").fetchone()
            mark = (self._written[table], int(others))
            if table not in self._kept or self._kept[table][0] != mark:
                self._kept[table] = mark, read()
            kept: Kept = self._kept[table][1]
            return kept

    def let_go(self) -> None:
        """Free what `keep` keeps: 300 MB of 100,000 questions."""
        with self._turn:
            self._kept.clear()

    def next_sequence(self) -> int:
        """Return a number higher than all before it, to order changes; inside `write()`."""
        with self._turn:
            return int(
                self.connection.execute("UPDATE sequence SET value = value + 1 RETURNING value").fetchone()[0]
            )

    def stream(self, sql: str) -> Iterator[Any]:
        """Yield the first column of every row, without holding them all; the caller has its turn."""
        for row in self.connection.execute(sql):
            yield row[0]

    def compact(self) -> bool:
        """Write the file afresh without its free space, and empty the log of changes.

        Returns False when another process reads at the moment: the log is emptied later.
        """
        with self._turn:
            self.connection.execute("VACUUM")
            busy, _, _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            self.connection.close()


def among(values: Iterable[str]) -> str:
    """Return the parameter for `IN (SELECT value FROM json_each(?))`: any number of values in one."""
    return json.dumps(list(values), ensure_ascii=True)
