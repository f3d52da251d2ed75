"""Schema steps run once, in order, whatever is killed or started twice."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from threadlore.errors import StoreDamaged
from threadlore.store import migrations
from threadlore.store.records import Records


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    connection = sqlite3.connect(tmp_path / "records.sqlite", isolation_level=None)
    yield sqlite_utils.Database(connection)
    connection.close()


def test_every_step_runs_once_and_asking_writes_nothing(db: sqlite_utils.Database) -> None:
    assert migrations.pending(db.conn) == migrations.steps()
    assert db.table_names() == []
    assert migrations.migrate(db) == migrations.steps()
    assert migrations.migrate(db) == []
    assert migrations.pending(db.conn) == []


def test_steps_are_numbered_without_gaps_or_doubles() -> None:
    numbers = [int(name.split("_")[1]) for name in migrations.steps()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_step_that_breaks_leaves_nothing_behind(
    db: sqlite_utils.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.execute("CREATE TABLE runs (id TEXT)")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        migrations.migrate(db)
    assert db.table_names() == ["runs"]
    db.execute("DROP TABLE runs")
    assert migrations.migrate(db) == migrations.steps()


def test_records_of_a_newer_version_are_refused(db: sqlite_utils.Database) -> None:
    migrations.migrate(db)
    db.execute("INSERT INTO migrations (name) VALUES ('step_9999_from_the_future')")
    with pytest.raises(StoreDamaged, match="step_9999"):
        migrations.migrate(db)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_bytes(b"not a database, not by far" * 100)
    with pytest.raises(StoreDamaged, match=r"records\.sqlite"):
        Records(tmp_path)


OPEN = """
import pathlib, sys
from threadlore.store.records import Records
Records(pathlib.Path(sys.argv[1])).close()
"""


def test_processes_that_start_at_once_all_find_the_schema(tmp_path: Path) -> None:
    started = [subprocess.Popen([sys.executable, "-c", OPEN, str(tmp_path)]) for _ in range(2)]
    assert [process.wait(60) for process in started] == [0, 0]
    records = Records(tmp_path)
    assert migrations.pending(records.database.connection) == []
    records.close()
