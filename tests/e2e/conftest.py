"""The command line as a fixture: what a command printed, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from threadlore.cli import main

NOW = "2026-11-01T00:00:00+00:00"


@dataclass(frozen=True)
class Done:
    """What a command printed on both channels, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """Runs `threadlore` on one data folder, inside this process."""

    data: Path

    def __call__(self, *words: object, code: int = 0) -> Done:
        """Run a command and insist on its exit code."""
        out, err, ended = StringIO(), StringIO(), 0
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main(["--data", str(self.data), *map(str, words)])
            except SystemExit as end:
                ended = int(end.code or 0)
        done = Done(ended, out.getvalue(), err.getvalue())
        assert done.code == code, f"{words}: {done}"
        assert "Traceback" not in done.out + done.err
        return done

    def holds(self, text: str) -> list[Path]:
        """Return the files of the data folder that hold `text`, byte by byte."""
        return files_with(self.data, text)

    def dump(self) -> list[str]:
        """Return every record but the runs, as SQL."""
        import sqlite3

        connection = sqlite3.connect(self.data / "records.sqlite")
        try:
            lines = list(connection.iterdump())
        finally:
            connection.close()
        return sorted(line for line in lines if not line.startswith('INSERT INTO "runs"'))


def files_with(folder: Path, text: str) -> list[Path]:
    """Return the files below `folder` that hold `text`, in any case, as UTF-8, UTF-16 or escaped JSON."""
    low = text.lower()
    forms = {low, json.dumps(low)[1:-1], json.dumps(low, ensure_ascii=False)[1:-1]}
    wanted = [form.encode(encoding) for form in forms for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(part in path.read_bytes().lower() for part in wanted)
    ]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The settings of these tests; the clock stands still."""
    monkeypatch.setenv("THREADLORE_EMBEDDER", "hashing")
    monkeypatch.setenv("THREADLORE_PROFILE", "generic")
    monkeypatch.setenv("THREADLORE_NOW", NOW)
    monkeypatch.chdir(tmp_path)
    yield monkeypatch


@pytest.fixture
def shell(tmp_path: Path, settings: pytest.MonkeyPatch) -> Shell:
    """The command line on an empty data folder."""
    return Shell(tmp_path / "data")
