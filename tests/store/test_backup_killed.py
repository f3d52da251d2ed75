"""Backups and restores that are killed, or that find the disk full: nothing half, and no copy left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.killing import ROOT, finished
from tests.store.builders import a_batch, a_message
from threadlore.store.backup import SCRATCH, backup, clear_leftovers, restore
from threadlore.store.records import Records

SETUP = "from pathlib import Path\nfrom threadlore.store.backup import backup, restore"
TEXT = "quokkaplumbing"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    records = Records(tmp_path / "data")
    records.save_batch(a_batch(a_message("1", f"{TEXT} is what I asked about")))
    records.close()
    return tmp_path / "data"


def messages(folder: Path) -> int:
    records = Records(folder)
    try:
        return records.counts().messages
    finally:
        records.close()


def holding(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and TEXT.encode() in path.read_bytes()
    )


def test_a_killed_backup_leaves_no_archive_and_the_next_one_clears_its_copies(
    data: Path, tmp_path: Path
) -> None:
    changes = 0
    while not finished(SETUP, f"backup(Path({str(data)!r}), Path(folder) / 'one.tar')", tmp_path, changes):
        if (tmp_path / "one.tar").exists():
            break
        backup(data, tmp_path / f"{changes}.tar")
        assert holding(tmp_path) == [f"{changes}.tar", "data/records.sqlite"]
        (tmp_path / f"{changes}.tar").unlink()
        changes += 2
    assert changes > 6
    clear_leftovers(data)
    assert restore(tmp_path / "one.tar", tmp_path / "new").files == 1
    assert messages(tmp_path / "new") == 1


def test_forgetting_clears_what_a_killed_backup_left(data: Path, tmp_path: Path) -> None:
    work = f"backup(Path({str(data)!r}), Path(folder) / 'one.tar')"
    copies = 0
    for changes in range(0, 40, 2):
        if finished(SETUP, work, tmp_path, changes) or (tmp_path / "one.tar").exists():
            break
        copies += len(holding(tmp_path)) > 1
        clear_leftovers(data)
        assert holding(tmp_path) == ["data/records.sqlite"]
    assert copies


def test_a_killed_restore_leaves_no_folder_and_runs_again(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "one.tar")
    changes = 0
    work = f"restore(Path({str(tmp_path / 'one.tar')!r}), Path(folder) / 'new')"
    while not finished(SETUP, work, tmp_path, changes):
        if not (tmp_path / "new").exists():
            restore(tmp_path / "one.tar", tmp_path / "new")
        assert messages(tmp_path / "new") == 1
        assert holding(tmp_path) == ["data/records.sqlite", "new/records.sqlite", "one.tar"]
        for path in sorted((tmp_path / "new").iterdir()):
            path.unlink()
        (tmp_path / "new").rmdir()
        changes += 3
    assert changes > 6
    assert messages(tmp_path / "new") == 1


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_full_disk_is_named_and_leaves_nothing(data: Path, tmp_path: Path, command: str) -> None:
    backup(data, tmp_path / "one.tar")
    words = ["--data", str(data), "store", "backup", str(tmp_path / "two.tar")]
    if command == "restore":
        words = ["--data", str(tmp_path / "new"), "store", "restore", str(tmp_path / "one.tar")]
    done = with_small_files(words, size=20_000)
    assert done.returncode == 4, done
    assert "File too large" in done.stderr or "disk I/O error" in done.stderr
    assert "the disk" in done.stderr
    assert holding(tmp_path) == ["data/records.sqlite", "one.tar"]
    assert not (data / SCRATCH).exists()
    assert with_small_files(words, size=50_000_000).returncode == 0


def with_small_files(words: list[str], size: int) -> subprocess.CompletedProcess[str]:
    """Run `threadlore` where no file may grow beyond `size` bytes: to a program, a disk that is full."""
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))\n"
        "from threadlore.cli import main\nmain(sys.argv[2:])"
    )
    return subprocess.run(
        [sys.executable, "-c", script, str(size), *words],
        cwd=ROOT,
        env={**os.environ, "THREADLORE_EMBEDDER": "hashing", "THREADLORE_PROFILE": "generic"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_nobody_else_can_read_what_is_kept(tmp_path: Path) -> None:
    from threadlore.ingest.scrub import Scrubber

    records = Records(tmp_path / "data")
    records.save_batch(a_batch(a_message("1", TEXT)))
    Scrubber.for_folder(tmp_path / "data")
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()} == {0}
    records.close()
    backup(tmp_path / "data", tmp_path / "one.tar")
    assert (tmp_path / "one.tar").stat().st_mode & 0o777 == 0o600
    restore(tmp_path / "one.tar", tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_folder_that_was_opened_to_others_on_purpose_stays_so(tmp_path: Path) -> None:
    Records(tmp_path / "data").close()
    (tmp_path / "data").chmod(0o750)
    Records(tmp_path / "data").close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o750
