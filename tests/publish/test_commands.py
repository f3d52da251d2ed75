"""`threadlore report` and `threadlore site`: from records to files, without embedder and Milvus."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.publish.builders import an_entry, tree
from threadlore.cli import build_app
from threadlore.errors import BadInput
from threadlore.settings import load_settings
from threadlore.wiring import open_workspace


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_workspace(load_settings(data=tmp_path / "data")) as workspace:
        workspace.records.save_entries([an_entry(citations=())])
    return tmp_path / "data"


def run(data: Path, *words: str) -> str:
    result = CliRunner().invoke(build_app(), ["--data", str(data), *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_report_is_written_once(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(data, "report", "--out", str(out)).startswith("Wrote")
    assert run(data, "report", "--out", str(out)).startswith("Unchanged")
    assert list(tree(out)) == ["report.md"]


def test_without_out_pages_stand_in_the_data_folder(data: Path) -> None:
    run(data, "report")
    run(data, "site")
    assert (data / "report" / "report.md").is_file()
    assert (data / "site" / "entries" / "memory.md").is_file()


def test_the_numbers_come_as_json(data: Path) -> None:
    found = json.loads(run(data, "report", "--since", "2026-11-01", "--until", "2026-11-07", "--json"))
    assert found["bundle"]["since"].startswith("2026-11-01T00:00:00")
    assert found["bundle"]["until"].startswith("2026-11-08T00:00:00")
    assert json.loads(run(data, "site", "--json"))["entries"] == 1


def test_a_second_site_writes_nothing(data: Path) -> None:
    assert "3 pages written, 0 removed" in run(data, "site")
    assert "0 pages written, 0 removed" in run(data, "site")


def test_a_wrong_period_is_named(data: Path) -> None:
    with pytest.raises(BadInput, match="--since 'last week'"):
        run(data, "report", "--since", "last week", "--until", "2026-11-07")


def test_publishing_needs_neither_embedder_nor_milvus(data: Path) -> None:
    import subprocess

    code = (
        "import sys; from threadlore.cli import build_app; from typer.testing import CliRunner; "
        f"CliRunner().invoke(build_app(), ['--data', {str(data)!r}, 'report']); "
        "print(sorted({'torch', 'pymilvus', 'faiss', 'numpy', 'langgraph'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
