"""`kill -9` at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

from tests.store.writer import DIMENSION
from threadlore.store.outbox_rows import waiting_counts
from threadlore.store.records import Records
from threadlore.store.vectors import MilvusVectors
from threadlore.store.verify import check_records, verify

ROOT = Path(__file__).resolve().parents[2]
KILLS = 3
MOST_STEPS = 12


def run(folder: Path, steps: int | None = None) -> None:
    """Start the writer; kill it after that many steps, inside the next one. None lets it finish."""
    command = [sys.executable, "-m", "tests.store.writer", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(steps)] if steps is not None else []
        if steps is not None:
            process.kill()
        said += process.stdout.readlines()
    assert steps is not None or said[-1].strip() == "done"


def content(folder: Path) -> dict[str, list[str]]:
    records = Records(folder)
    vectors = MilvusVectors(str(folder / "milvus.db"), dimension=DIMENSION)

    async def look() -> dict[str, list[str]]:
        checks = await verify(records, vectors)
        assert [check for check in checks if check.missing_count + check.extra_count + check.outdated] == []
        return {
            check.collection: sorted([row_id async for row_id in vectors.row_ids(check.collection)])
            for check in checks
        }

    try:
        found = asyncio.run(look())
        assert check_records(records) == []
        assert waiting_counts(records.database) == {}
        for table in ("messages", "threads", "questions", "entries"):
            found[table] = records.database.column(f"SELECT record FROM {table} ORDER BY id")
        return found
    finally:
        asyncio.run(vectors.close())
        records.close()


def test_killed_and_run_again_the_folder_is_as_if_nothing_had_happened(tmp_path: Path) -> None:
    unbroken, killed = tmp_path / "unbroken", tmp_path / "killed"
    run(unbroken)
    moments = random.Random(11)
    for _ in range(KILLS):
        run(killed, moments.randrange(MOST_STEPS))
    run(killed)
    assert content(killed) == content(unbroken)
