"""`threadlore ingest` as people type it; the index is left for later by a server that is not asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.ingest.samples import discord_export, docs, jsonl
from threadlore.cli import build_app
from threadlore.errors import BadInput


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    async def nothing(*_: object) -> dict[str, int]:
        return {}

    monkeypatch.setattr("threadlore.wiring.Workspace.drain", nothing)

    def call(*arguments: object) -> Result:
        words = ["--data", str(tmp_path / "data"), "ingest", *map(str, arguments)]
        return CliRunner().invoke(build_app(), words)

    return call


def test_a_path_alone_is_enough_and_the_second_time_nothing_is_new(
    tmp_path: Path, run: Callable[..., Result]
) -> None:
    path = discord_export(tmp_path)
    first = run(path)
    assert first.exit_code == 0, first.output
    assert "added 2" in first.output and "Nothing new." not in first.output
    assert "Nothing new." in run(path).output


def test_options_may_stand_before_the_path(tmp_path: Path, run: Callable[..., Result]) -> None:
    result = run("--source", "forum:x", "--json", jsonl(tmp_path))
    assert json.loads(result.output)["stages"][0]["counts"]["added"] == 3


def test_documentation_has_its_own_command(tmp_path: Path, run: Callable[..., Result]) -> None:
    result = run("docs", docs(tmp_path), "--version", "2.6", "--url", "https://milvus.example/docs")
    assert result.exit_code == 0 and "documents 5" in result.output


def test_a_file_that_nothing_reads_is_an_error_with_a_way_out(
    tmp_path: Path, run: Callable[..., Result]
) -> None:
    (tmp_path / "x.txt").write_text("hello")
    result = run(tmp_path / "x.txt")
    assert isinstance(result.exception, BadInput) and result.exception.hint
