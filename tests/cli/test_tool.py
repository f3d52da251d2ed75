"""The `tool` commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from threadlore.cli import build_app
from threadlore.errors import BadInput, NotFound

RUN = CliRunner()


def test_size_prints_the_official_figure() -> None:
    found = RUN.invoke(build_app(), ["tool", "size", "--vectors", "100M", "--dim", "768", "--index", "hnsw"])
    assert found.exit_code == 0
    assert "loading memory: 357 GB" in found.output


def test_size_prints_json_for_a_list_of_cases(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([{"vectors": "1M", "dim": 128, "index": "FLAT"}] * 2))
    found = RUN.invoke(build_app(), ["tool", "size", "--input", str(file), "--json"])
    rows = json.loads(found.output)
    assert [row["result"]["raw_data_bytes"] for row in rows] == [512_000_000] * 2


def test_the_list_shows_the_schema() -> None:
    found = RUN.invoke(build_app(), ["tool", "list", "--json"])
    assert "size" in {tool["name"] for tool in json.loads(found.output)}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--vectors", "10M"], BadInput),
        (["--input", "nothing-here.json"], NotFound),
        (["--vectors", "lots", "--dim", "3", "--index", "HNSW"], BadInput),
    ],
)
def test_bad_input_is_an_error_with_a_hint(arguments: list[str], error: type[Exception]) -> None:
    found = RUN.invoke(build_app(), ["tool", "size", *arguments])
    assert isinstance(found.exception, error)


def test_facts_are_listed_by_age() -> None:
    every = RUN.invoke(build_app(), ["tool", "facts", "--json"])
    none = RUN.invoke(build_app(), ["tool", "facts", "--json", "--older-than", "5000w"])
    checked = [row["checked"] for row in json.loads(every.output)]
    assert checked == sorted(checked) and len(checked) > 20
    assert json.loads(none.output) == []


def test_an_age_that_is_none_is_refused() -> None:
    assert isinstance(RUN.invoke(build_app(), ["tool", "facts", "--older-than", "old"]).exception, BadInput)
