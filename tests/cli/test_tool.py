"""The `tool` commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from threadlore.cli import build_app
from threadlore.errors import BadInput, NotFound

RUN = CliRunner()


def test_size_prints_both_figures_and_why_they_differ() -> None:
    found = RUN.invoke(
        build_app(), ["tool", "size", "--vectors", "100M", "--dim", "768", "--index", "IVF_SQ8"]
    )
    assert found.exit_code == 0
    assert "official figure of the Milvus sizing tool: 84.6 GB" in found.output
    assert "what the server will check: 362.7 GB" in found.output
    assert "The two figures differ because IVF_SQ8 keeps no raw vectors" in found.output


def test_size_prints_json_for_a_list_of_cases(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([{"vectors": "1M", "dim": 128, "index": "FLAT"}] * 2))
    found = RUN.invoke(build_app(), ["tool", "size", "--input", str(file), "--json"])
    rows = json.loads(found.output)
    assert [row["result"]["official"]["raw_data_bytes"] for row in rows] == [512_000_000] * 2


@pytest.mark.parametrize("name", ["helm", "operator"])
def test_size_prints_a_file_alone(name: str) -> None:
    arguments = ["tool", "size", "--vectors", "100M", "--dim", "768", "--index", "hnsw", "--output", name]
    found = RUN.invoke(build_app(), arguments)
    assert found.exit_code == 0
    assert "ETCD_ELECTION_TIMEOUT" in str(yaml.safe_load(found.output))


def test_size_says_which_files_there_are() -> None:
    arguments = [
        "tool",
        "size",
        "--vectors",
        "100M",
        "--dim",
        "768",
        "--index",
        "hnsw",
        "--output",
        "compose",
    ]
    error = RUN.invoke(build_app(), arguments).exception
    assert isinstance(error, BadInput) and "helm, operator" in error.hint


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
    shown = RUN.invoke(build_app(), ["tool", "facts", "--older-than", "5000w"]).stdout
    assert shown == "Every fact was checked since then.\n"


def test_an_age_that_is_none_is_refused() -> None:
    assert isinstance(RUN.invoke(build_app(), ["tool", "facts", "--older-than", "old"]).exception, BadInput)


def test_files_are_diagnosed_by_name_and_line(tmp_path: Path) -> None:
    log = tmp_path / "etcd.log"
    log.write_text("fine\nbad member ID arg\n")
    found = RUN.invoke(build_app(), ["tool", "diagnose", str(log), "--json"])
    evidence = json.loads(found.output)["result"]["causes"][0]["evidence"]
    assert (evidence["file"], evidence["line"]) == (str(log), 2)


def test_of_a_large_file_the_beginning_and_the_end_are_read(tmp_path: Path) -> None:
    log = tmp_path / "huge.log"
    with log.open("wb") as file:
        file.write(b"bad member ID arg\n")
        file.seek(40 * 2**20)
        file.write(b"\nOOMKilled\n")
    found = RUN.invoke(build_app(), ["tool", "diagnose", str(log), "--json"])
    causes = json.loads(found.stdout)["result"]["causes"]
    assert [cause["id"] for cause in causes] == ["etcd-member-id", "exit-137"]


def test_a_file_that_is_not_there_is_named() -> None:
    found = RUN.invoke(build_app(), ["tool", "diagnose", "nothing-here.log"])
    assert isinstance(found.exception, NotFound) and "nothing-here.log" in found.exception.message


def test_an_empty_log_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    log = tmp_path / "empty.log"
    log.touch()
    found = RUN.invoke(build_app(), ["tool", "diagnose", str(log)])
    assert isinstance(found.exception, BadInput) and found.exception.hint


def test_deploy_ranks_and_with_nothing_given_says_how_to_choose() -> None:
    given = RUN.invoke(build_app(), ["tool", "deploy", "--vectors", "2B", "--features", "ha,rbac", "--json"])
    assert json.loads(given.output)["result"]["choice"] == "distributed"
    nothing = RUN.invoke(build_app(), ["tool", "deploy"])
    assert nothing.exit_code == 0 and "Choose by" in nothing.output


@pytest.mark.parametrize("tool", ["size", "deploy"])
@pytest.mark.parametrize(
    "arguments",
    [["--vectors", word] for word in ("-1", "0", "nan", "inf", "1e30", "", "\x00", "10M10M", "9" * 5000)],
)
def test_numbers_that_are_none_end_in_an_error_and_no_traceback(tool: str, arguments: list[str]) -> None:
    found = RUN.invoke(build_app(), ["tool", tool, "--dim", "768", *arguments])
    assert isinstance(found.exception, BadInput)


def test_bytes_that_are_no_text_are_read_from_standard_input_all_the_same() -> None:
    found = RUN.invoke(build_app(), ["tool", "diagnose", "-", "--json"], input=b"\xff\xfe\x00 OOMKilled \xc3")
    causes = json.loads(found.stdout)["result"]["causes"]
    assert [cause["id"] for cause in causes] == ["exit-137"]
