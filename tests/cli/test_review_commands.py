"""The commands `faq` and `review`, from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from threadlore.cli import build_app
from threadlore.errors import NotFound

ENTRY = "---\nquestion: How do I upgrade?\nchecked_at: 2026-03-02\n---\n\nStop it first.\n"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("THREADLORE_NOW", "2026-11-01T00:00:00+00:00")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def run(data: Path, *arguments: str) -> str:
    result = CliRunner().invoke(build_app(), ["--data", str(data), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_file_comes_in_is_reviewed_and_goes_out(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "faq"
    folder.mkdir()
    (folder / "up.md").write_text(ENTRY, encoding="utf-8")
    assert json.loads(run(data, "faq", "import", str(folder), "--json"))["added"] == ["up"]
    (waiting,) = json.loads(run(data, "review", "list", "--json"))
    assert (waiting["id"], waiting["askers"]) == ("up", 0)
    edited = tmp_path / "edited.md"
    edited.write_text(ENTRY.replace("Stop it", "Halt it"), encoding="utf-8")
    run(data, "review", "edit", "up", "--file", str(edited))
    assert "Halt it first." in run(data, "review", "show", "up")
    approved = json.loads(run(data, "review", "approve", "up", "--json"))
    assert (approved["state"], approved["checked_at"]) == ("approved", "2026-11-01")
    assert json.loads(run(data, "faq", "list", "--state", "approved", "--json"))[0]["id"] == "up"
    assert json.loads(run(data, "faq", "export", str(tmp_path / "out"), "--json"))["written"] == ["up.md"]
    assert json.loads(run(data, "review", "reject", "up", "--json"))["state"] == "rejected"


def test_the_editor_of_the_person_is_used(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "up.md").write_text(ENTRY, encoding="utf-8")
    run(data, "faq", "import", str(tmp_path))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/Stop/Halt/")
    run(data, "review", "edit", "up")
    assert "Halt it first." in run(data, "review", "show", "up")
    monkeypatch.setenv("EDITOR", "no-such-editor")
    with pytest.raises(NotFound):
        run(data, "review", "edit", "up")


def test_starter_entries_come_in_once_and_hold_today(data: Path) -> None:
    first = json.loads(run(data, "--profile", "milvus", "faq", "seed", "--json"))
    assert len(first["added"]) >= 25
    again = json.loads(run(data, "--profile", "milvus", "faq", "seed", "--json"))
    assert (again["added"], again["unchanged"]) == ([], len(first["added"]))
    assert json.loads(run(data, "--profile", "milvus", "faq", "check", "--json")) == []
    assert "Nothing waits" in run(data, "review", "list")
