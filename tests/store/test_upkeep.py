"""Verify, backup, restore, and the commands over them."""

from __future__ import annotations

import asyncio
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.store.builders import SOURCE, a_batch, a_message, a_question, a_thread, an_entry
from threadlore.cli import build_app
from threadlore.errors import BadInput, NotFound
from threadlore.seams import VectorRow
from threadlore.store.backup import backup, restore
from threadlore.store.outbox import drain
from threadlore.store.records import Records
from threadlore.store.vectors import MilvusVectors
from threadlore.store.verify import check_records, verify
from threadlore.testing import HashEmbedder

DIMENSION = 32


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    data = tmp_path / "data"
    records = Records(data)
    thread = a_thread("7", "Index types")
    message = a_message("1", "Which index should I use?", thread_id=thread.id)
    records.save_batch(a_batch(message, threads=(thread,)))
    records.save_questions("extractive", {thread.id: [a_question(thread.id, message)]})
    records.save_entries([an_entry()])
    vectors = MilvusVectors(str(data / "milvus.db"), dimension=DIMENSION)
    asyncio.run(drain(records, lambda: vectors, lambda: HashEmbedder(DIMENSION)))
    asyncio.run(vectors.close())
    records.close()
    yield data


def test_verify_names_what_is_missing_and_what_is_too_much(folder: Path) -> None:
    records = Records(folder)
    vectors = MilvusVectors(str(folder / "milvus.db"), dimension=DIMENSION)
    assert all(check.agrees for check in asyncio.run(verify(records, vectors)))
    vector = asyncio.run(HashEmbedder(DIMENSION).embed(["x"]))[0]
    asyncio.run(vectors.delete("phrasings", ["e_1#0"]))
    asyncio.run(vectors.upsert("threads", [VectorRow("stray", "stray", "x", vector)]))
    checks = {check.collection: check for check in asyncio.run(verify(records, vectors))}
    assert (checks["phrasings"].missing, checks["threads"].extra) == (("e_1#0",), ("stray",))
    assert not checks["phrasings"].agrees
    assert checks["questions"].agrees
    assert check_records(records) == []
    asyncio.run(vectors.close())
    records.close()


def test_a_restored_backup_holds_everything_and_no_lock(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    (folder / "key").write_bytes(b"secret")
    report = backup(folder, archive)
    assert report.milvus
    assert archive.stat().st_mode & 0o077 == 0
    with tarfile.open(archive) as tar:
        assert not [name for name in tar.getnames() if "LOCK" in name or name.endswith((".holder", "-wal"))]
    restore(archive, tmp_path / "new")
    assert (tmp_path / "new" / "key").read_bytes() == b"secret"
    records = Records(tmp_path / "new")
    vectors = MilvusVectors(str(tmp_path / "new" / "milvus.db"), dimension=DIMENSION)
    assert records.entries() == [an_entry()]
    assert all(check.agrees for check in asyncio.run(verify(records, vectors)))
    asyncio.run(vectors.close())
    records.close()


def test_a_backup_of_an_open_milvus_leaves_it_out_and_a_restore_makes_it_anew(
    folder: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "backup.tar"
    open_one = MilvusVectors(str(folder / "milvus.db"), dimension=DIMENSION)
    asyncio.run(open_one.count("threads"))
    report = backup(folder, archive)
    asyncio.run(open_one.close())
    assert not report.milvus
    assert "left out" in report.note
    restore(archive, tmp_path / "new")
    records = Records(tmp_path / "new")
    vectors = MilvusVectors(str(tmp_path / "new" / "milvus.db"), dimension=DIMENSION)
    asyncio.run(drain(records, lambda: vectors, lambda: HashEmbedder(DIMENSION)))
    assert all(check.agrees for check in asyncio.run(verify(records, vectors)))
    asyncio.run(vectors.close())
    records.close()


def test_backup_and_restore_refuse_to_overwrite(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    backup(folder, archive)
    with pytest.raises(BadInput, match="exists"):
        backup(folder, archive)
    with pytest.raises(BadInput, match="inside"):
        backup(folder, folder / "backup.tar")
    with pytest.raises(BadInput, match="not empty"):
        restore(archive, folder)
    with pytest.raises(NotFound):
        backup(tmp_path / "nothing", tmp_path / "other.tar")


def test_a_file_that_is_no_backup_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"\x1f\x8b broken")
    with pytest.raises(BadInput, match="no backup"):
        restore(broken, tmp_path / "new")
    climbing = tmp_path / "climbing.tar"
    with tarfile.open(climbing, "w") as tar:
        tar.add(broken, arcname="../climbed")
    with pytest.raises(BadInput, match="no backup"):
        restore(climbing, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.tar.gz", "climbing.tar"]


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADLORE_EMBEDDER", "hashing")


@pytest.mark.usefixtures("hashing")
def test_the_commands_work_on_one_folder(folder: Path) -> None:
    app, data = build_app(), ["--data", str(folder)]
    rebuilt = CliRunner().invoke(app, [*data, "store", "rebuild", "--json"])
    assert json.loads(rebuilt.stdout) == {"threads": 1, "questions": 1, "phrasings": 1}
    forgotten = CliRunner().invoke(app, [*data, "forget", "u_ann", "--json"])
    assert json.loads(forgotten.stdout)["forgotten"][0]["report"]["messages"] == 1
    listed = CliRunner().invoke(app, [*data, "forget", "--list", "--json"])
    assert json.loads(listed.stdout) == ["u_ann"]
    verified = CliRunner().invoke(app, [*data, "store", "verify", "--json"])
    assert verified.exit_code == 0
    assert json.loads(verified.stdout)["records"] == []


@pytest.mark.usefixtures("hashing")
def test_verify_ends_with_an_exit_code_when_they_differ(folder: Path) -> None:
    vectors = MilvusVectors(str(folder / "milvus.db"), dimension=DIMENSION)
    asyncio.run(vectors.delete("threads", [a_thread("7").id]))
    asyncio.run(vectors.close())
    result = CliRunner().invoke(build_app(), ["--data", str(folder), "store", "verify"])
    assert result.exit_code == 1
    assert "rebuild" in result.stdout


@pytest.mark.usefixtures("hashing")
def test_a_native_id_is_forgotten_in_every_source(folder: Path) -> None:
    from threadlore.ingest.scrub import Scrubber

    result = CliRunner().invoke(build_app(), ["--data", str(folder), "forget", "4711", "--json"])
    expected = Scrubber.for_folder(folder).pseudonym(SOURCE, "4711")
    assert json.loads(result.stdout)["forgotten"][0]["name"] == expected


def test_a_command_that_only_looks_makes_no_folder(tmp_path: Path) -> None:
    result = CliRunner().invoke(build_app(), ["--data", str(tmp_path / "none"), "store", "verify"])
    assert isinstance(result.exception, NotFound)
    assert not (tmp_path / "none").exists()
