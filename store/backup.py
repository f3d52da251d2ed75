"""Backup and restore of a data folder as one tar file, consistent while others write."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from threadlore.errors import BadInput, Locked, NotFound
from threadlore.folders import WAIT_SECONDS, held
from threadlore.store import outbox_rows, schema
from threadlore.store.lite import HOLDER_SUFFIX, LiteLock
from threadlore.store.records import Records

MANIFEST = "threadlore-backup.json"
FORMAT = 1

SCRATCH = "backup.scratch"
"""Folder inside the data folder that holds copies while a backup is written."""

_PART_NAME = "part"
_LOCK_NAMES = ("LOCK",)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LOCK_ENDS = (HOLDER_SUFFIX, ".lock")
_RECORDS_SIDE_FILES = tuple(f"{schema.RECORDS_FILE}{end}" for end in ("", "-wal", "-shm", "-journal"))


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup or a restore carried. Without Milvus, the next command that indexes makes it anew."""

    archive: str
    files: int
    bytes: int
    milvus: bool
    note: str = ""


def backup(folder: Path, archive: Path) -> BackupReport:
    """Write the data folder to a new tar file (compressed when its name ends in .gz or .tgz).

    SQLite is copied by its own backup, so that writers need not stop. Milvus Lite is copied when nobody has
    it open, and left out otherwise. The file holds the key of the pseudonyms: only its owner may read it.

    Raises:
        NotFound: there are no records in `folder`.
        BadInput: `archive` exists, or lies inside the data folder, where deletion would not reach it.
    """
    if not (folder / schema.RECORDS_FILE).is_file():
        raise NotFound(f"There are no records in {folder}.", "Name the data folder with --data.")
    if archive.exists():
        raise BadInput(f"{archive} exists.", "Name a new file.")
    if archive.resolve().is_relative_to(folder.resolve()):
        raise BadInput(f"{archive} is inside the data folder.", "Keep backups somewhere else.")
    archive.parent.mkdir(parents=True, exist_ok=True)
    part = archive.with_name(archive.name + ".part")
    with ExitStack() as stack:
        scratch = stack.enter_context(_scratch(folder / SCRATCH, "backing this folder up"))
        (scratch / _PART_NAME).write_text(str(part.absolute()), encoding="utf-8")
        milvus, note = _milvus_is_closed(folder, stack)
        try:
            files, size = _write(folder, part, scratch, milvus)
            part.replace(archive)
        finally:
            part.unlink(missing_ok=True)
    return BackupReport(str(archive), files, size, milvus, note)


def clear_leftovers(folder: Path) -> None:
    """Remove the copies that a killed backup of the data folder left; waits for one that is running."""
    if (folder / SCRATCH).is_dir():
        with _scratch(folder / SCRATCH, "backing this folder up", wait=WAIT_SECONDS):
            return


@contextmanager
def _scratch(scratch: Path, doing: str, wait: float = 0) -> Iterator[Path]:
    """Yield an empty folder of that name that its owner alone can enter; it is gone afterwards.

    The name is always the same, so that the next try finds and removes what a kill left: it holds a copy
    of everything.
    """
    lock = scratch.with_name(scratch.name + ".lock")
    with held(lock, doing, wait):
        try:
            _remove_scratch(scratch)
            scratch.mkdir(mode=0o700)
            yield scratch
        finally:
            _remove_scratch(scratch)
            lock.unlink(missing_ok=True)


def _remove_scratch(scratch: Path) -> None:
    """Remove the folder, and the unfinished archive that it names."""
    if (named := scratch / _PART_NAME).is_file():
        part = Path(named.read_text(encoding="utf-8"))
        if part.suffix == ".part" and part.is_file():
            part.unlink()
    shutil.rmtree(scratch, ignore_errors=True)


def _milvus_is_closed(folder: Path, stack: ExitStack) -> tuple[bool, str]:
    """Hold Milvus Lite closed while it is copied; tell whether it can be, and why not."""
    milvus = folder / schema.MILVUS_FOLDER
    if not milvus.is_dir():
        return False, "There is no Milvus Lite here: search rows are made anew after a restore."
    lock = LiteLock(milvus)
    try:
        lock.acquire()
    except Locked as error:
        return False, f"{error.message} It was left out: search rows are made anew after a restore."
    stack.callback(lock.release)
    return True, ""


def _write(folder: Path, part: Path, scratch: Path, milvus: bool) -> tuple[int, int]:
    files = size = 0
    compressed = part.suffixes[-2:-1] in ([".gz"], [".tgz"])
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(descriptor, "wb") as raw,
        tarfile.open(fileobj=raw, mode="w:gz" if compressed else "w") as tar,
    ):
        manifest = json.dumps({"format": FORMAT, "milvus": milvus}).encode()
        header = tarfile.TarInfo(MANIFEST)
        header.size = len(manifest)
        tar.addfile(header, io.BytesIO(manifest))
        copy = scratch / schema.RECORDS_FILE
        _copy_records(folder / schema.RECORDS_FILE, copy)
        for path, name in [(copy, schema.RECORDS_FILE), *_other_files(folder, milvus)]:
            tar.add(path, arcname=name, recursive=False)
            files, size = files + 1, size + path.stat().st_size
    return files, size


def _copy_records(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


def _other_files(folder: Path, milvus: bool) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if not path.is_file() or path.is_symlink() or name.as_posix() in _RECORDS_SIDE_FILES:
            continue
        if path.name in _LOCK_NAMES or path.suffix in _LOCK_ENDS:
            continue
        if name.parts[0] != SCRATCH and (milvus or name.parts[0] != schema.MILVUS_FOLDER):
            yield path, name.as_posix()


def restore(archive: Path, folder: Path) -> BackupReport:
    """Unpack a backup into a data folder that is missing or empty.

    Raises:
        NotFound: there is no such file.
        BadInput: the file is no backup of this program, or `folder` holds something.
    """
    if not archive.is_file():
        raise NotFound(f"There is no file {archive}.", "Name a file that `threadlore store backup` wrote.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is not empty.", "Restore into a new folder: --data NEW.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(folder.with_name(f".{folder.name}.restoring"), f"restoring into {folder}") as scratch:
        manifest = _unpack(archive, scratch)
        report = _after_restore(archive, scratch, bool(manifest.get("milvus")))
        if folder.exists():
            folder.rmdir()
        scratch.replace(folder)
    return report


def _unpack(archive: Path, target: Path) -> dict[str, object]:
    not_ours = f"{archive} is no backup of Threadlore, or it is damaged"
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")
        manifest: dict[str, object] = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        if getattr(error, "errno", None) in _NO_ROOM:
            raise
        raise BadInput(f"{not_ours}: {error}.") from error
    if manifest.get("format") != FORMAT or not (target / schema.RECORDS_FILE).is_file():
        raise BadInput(f"{not_ours}.", "It may be from a newer version.")
    (target / MANIFEST).unlink()
    return manifest


def _after_restore(archive: Path, folder: Path, milvus: bool) -> BackupReport:
    """Open the records once, which migrates them; without Milvus, ask for all of it to be made anew."""
    records = Records(folder)
    try:
        if not milvus:
            with records.database.write():
                records.database.execute("DELETE FROM indexed")
                outbox_rows.ask_rewrite(records.database, schema.COLLECTIONS)
    finally:
        records.close()
    paths = [path for path in folder.rglob("*") if path.is_file()]
    note = "" if milvus else "Search rows are made anew by the next ingest, analyze or `store rebuild`."
    return BackupReport(str(archive), len(paths), sum(path.stat().st_size for path in paths), milvus, note)
