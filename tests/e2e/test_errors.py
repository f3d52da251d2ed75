"""What goes wrong ends with a message, a way out and an exit code by kind, never with a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.community import SOURCE, Post, community, etcd_posts, write
from tests.e2e.conftest import Done, Shell

BAD, RETRY, FATAL, USAGE = 2, 3, 4, 2

FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
from threadlore.cli import main
main()
"""

HOLDS = """
import asyncio, sys
from pathlib import Path
from threadlore.store.lite import LiteLock
lock = LiteLock(Path(sys.argv[1])); lock.acquire()
print("held", flush=True); sys.stdin.read()
"""


def explained(done: Done) -> None:
    """Insist that an error says what happened and what to do."""
    assert done.err.startswith("error: ") and "hint: " in done.err, done


@pytest.fixture
def filled(shell: Shell) -> Shell:
    """A data folder with a small forum in it."""
    shell("ingest", write(shell.data.parent / "forum.jsonl", etcd_posts()), "--source", SOURCE)
    return shell


@pytest.mark.parametrize(
    "words",
    [
        ("ingest", "no-such-file"),
        ("ingest", "docs", "no-such-folder"),
        ("faq", "import", "no-such-folder"),
        ("review", "show", "no-such-entry"),
        ("review", "approve", "no-such-entry"),
        ("review", "reject", "no-such-entry"),
        ("review", "accept", "no-such-entry"),
        ("review", "merge", "no-such-entry", "nor-this"),
        ("runs", "show", "no-such-run"),
        ("forget", "nobody"),
        ("store", "verify"),
        ("store", "rebuild"),
        ("store", "backup", "copy.tar"),
        ("store", "restore", "no-such.tar"),
        ("search", " "),
        ("bench", "no-such-task", "--data", "x", "--predictions", "y"),
        ("bench", "split", "--data", "no-such-file", "--predictions", "y"),
        ("tool", "size", "--vectors", "many"),
        ("report", "--since", "the day before"),
    ],
    ids=" ".join,
)
def test_what_does_not_exist_is_named_with_a_way_out(shell: Shell, words: tuple[str, ...]) -> None:
    explained(shell(*words, code=BAD))


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-command",),
        ("analyze", "--no-such-option"),
        ("ask",),
        ("search", "x", "--limit", "many"),
        ("forget",),
        ("review", "show"),
        ("bench", "split"),
        ("tool", "no-such-tool"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_says_how_it_goes(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell(*words, code=USAGE)
    assert "Usage:" in done.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THREADLORE_TIMEZONE", "Mars/Olympus"),
        ("THREADLORE_MIN_AUTHORS", "none"),
        ("THREADLORE_SEED", "x"),
    ],
)
def test_a_wrong_setting_is_named(shell: Shell, settings: pytest.MonkeyPatch, name: str, value: str) -> None:
    settings.setenv(name, value)
    done = shell("runs", "list", code=FATAL)
    explained(done)
    assert name.removeprefix("THREADLORE_").lower() in done.err


def test_a_settings_file_that_cannot_be_read_is_named(shell: Shell) -> None:
    Path("threadlore.toml").write_text("profile = [")
    explained(shell("runs", "list", code=FATAL))


@pytest.mark.parametrize("words", [("--profile", "no-such-profile", "analyze"), ("faq", "seed")])
def test_a_profile_that_is_missing_is_named(
    shell: Shell, settings: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    settings.setenv("THREADLORE_PROFILE", "no-such-profile")
    explained(shell(*words, code=BAD))


def test_an_embedder_that_is_missing_is_named(filled: Shell, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("THREADLORE_EMBEDDER", "no-such-embedder")
    explained(filled("search", "etcd", code=BAD))


def test_a_milvus_that_does_not_answer_is_named(filled: Shell, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("THREADLORE_MILVUS_URI", "http://127.0.0.1:1")
    done = filled("search", "etcd", code=RETRY)
    explained(done)
    assert "127.0.0.1:1" in done.err


def test_while_another_process_has_milvus_records_work_and_search_names_the_process(filled: Shell) -> None:
    command = [sys.executable, "-c", HOLDS, str(filled.data / "milvus.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        done = filled("search", "etcd", code=RETRY)
        explained(done)
        assert str(holder.pid) in done.err
        for words in (("review", "list"), ("runs", "list"), ("report",), ("site",), ("faq", "list")):
            filled(*words)
        file = write(filled.data.parent / "late.jsonl", [Post("late", "asker99", "Is the late post stored?")])
        assert str(holder.pid) in filled("ingest", file, "--source", SOURCE).out
        waits = filled("forget", "asker1", code=RETRY)
        assert str(holder.pid) in waits.out
        holder.communicate()
    filled("analyze")
    filled("store", "verify")


def test_a_records_file_that_is_none_is_left_as_it_is(shell: Shell) -> None:
    shell.data.mkdir()
    file = shell.data / "records.sqlite"
    file.write_bytes(b"this is no database, but somebody's text" * 200)
    before = file.read_bytes()
    for words in (("analyze",), ("review", "list"), ("store", "verify"), ("ask", "x")):
        explained(shell(*words, code=FATAL))
    assert file.read_bytes() == before


def test_a_records_file_with_a_broken_page_is_an_error_with_a_way_out(filled: Shell) -> None:
    filled("runs", "list")
    file = filled.data / "records.sqlite"
    pages = bytearray(file.read_bytes())
    for start in range(4096, len(pages), 4096):
        pages[start : start + 64] = b"\xff" * 64
    file.write_bytes(bytes(pages))
    explained(filled("analyze", code=FATAL))
    explained(filled("review", "list", code=FATAL))


def test_a_data_folder_that_is_a_file_is_named(shell: Shell) -> None:
    shell.data.write_text("a file")
    explained(shell("review", "list", code=FATAL))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to a folder that is read-only")
def test_a_folder_that_may_not_be_written_is_named(shell: Shell) -> None:
    shell.data.parent.chmod(0o500)
    try:
        explained(shell("review", "list", code=FATAL))
    finally:
        shell.data.parent.chmod(0o700)


def test_a_full_disk_is_said_in_one_line_and_nothing_is_lost(filled: Shell) -> None:
    file = write(filled.data.parent / "more.jsonl", community())
    command = [sys.executable, "-c", FULL, "--data", str(filled.data), "ingest", str(file)]
    done = subprocess.run([*command, "--source", SOURCE], capture_output=True, text=True, check=False)
    explained(Done(done.returncode, done.stdout, done.stderr))
    assert done.returncode == FATAL and "Traceback" not in done.stderr
    filled("ingest", file, "--source", SOURCE)
    filled("store", "verify")


def test_pages_are_not_written_over_a_file(filled: Shell) -> None:
    Path("taken").write_text("mine")
    for command in ("site", "report"):
        done = filled(command, "--out", "taken", code=BAD)
        explained(done)
    assert Path("taken").read_text() == "mine"


def test_an_unknown_error_is_one_line_and_with_debug_a_traceback(
    shell: Shell, settings: pytest.MonkeyPatch
) -> None:
    settings.setattr("threadlore.wiring.Workspace.seed", lambda self: 1 // 0)
    done = shell("faq", "seed", code=1)
    explained(done)
    assert "ZeroDivisionError" in done.err and "--debug" in done.err
    with pytest.raises(ZeroDivisionError):
        shell("--debug", "faq", "seed")


def test_every_json_output_parses(filled: Shell) -> None:
    filled("analyze", "--json")
    commands: list[tuple[str, ...]] = [
        ("ingest", "forum.jsonl", "--source", SOURCE),
        ("analyze",),
        ("runs", "list"),
        ("review", "list"),
        ("faq", "list"),
        ("faq", "seed"),
        ("faq", "check"),
        ("faq", "export", "faq"),
        ("faq", "import", "faq"),
        ("report",),
        ("site",),
        ("search", "etcd"),
        ("ask", "Why does etcd crash?"),
        ("forget", "--list"),
        ("store", "verify"),
        ("store", "backup", "copy.tar"),
        ("doctor",),
        ("tool", "list"),
        ("tool", "size", "--vectors", "1M", "--dim", "768", "--index", "HNSW"),
    ]
    for words in commands:
        assert filled(*words, "--json").json is not None, words
    (run, *_) = filled("runs", "list", "--json").json
    assert filled("runs", "show", run["id"], "--json").json["id"] == run["id"]
    for entry in filled("faq", "list", "--json").json[:1]:
        assert filled("review", "show", entry["id"], "--json").json["id"] == entry["id"]
        assert filled("review", "approve", entry["id"], "--json").json["state"] == "approved"
    assert json.loads(filled("forget", "asker0", "--json").out)["milvus"] == ""
