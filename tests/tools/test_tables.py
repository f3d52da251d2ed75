"""The tables of facts: every row can be traced and dated."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest

from threadlore.tools.registry import find_tool
from threadlore.tools.tables import facts, facts_version, table, table_names


def _leaves(value: Any) -> list[Any]:
    """Return what stands where a row should: objects that hold a plain value, and plain values."""
    if isinstance(value, dict) and "source" not in value:
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value]


@pytest.mark.parametrize("name", table_names())
def test_every_row_names_its_source_and_the_day_it_was_checked(name: str) -> None:
    whole = json.loads(resources.files("threadlore.tools.data").joinpath(f"{name}.json").read_text("utf-8"))
    rows = [
        leaf for section in whole for leaf in _leaves(whole[section]) if section not in ("version", "sources")
    ]
    assert rows
    assert [row for row in rows if not isinstance(row, dict) or row["source"] not in whole["sources"]] == []
    assert len([fact for fact in facts() if fact.table == name]) == len(rows)


def test_facts_are_named_and_dated() -> None:
    found = [fact for fact in facts() if fact.table == "embedding_models"]
    assert any(fact.name == "all-MiniLM-L6-v2" and fact.checked.year >= 2026 for fact in found)


def test_a_result_says_the_version_of_its_tables_and_the_latest_check() -> None:
    assert facts_version("sizing") == f"{table('sizing')['version']}; checked 2026-08-21"


OF_A_CASE: dict[str, dict[str, object]] = {
    "size": {"vectors": 10**7, "dim": 768},
    "deploy": {"vectors": 10**7},
    "index": {"vectors": 10**7, "dim": 768, "filtered_out": 0.9},
    "embed": {"languages": ["ja"]},
    "migrate": {"from": "milvus-2.4", "to": "milvus-3.0"},
    "diagnose": {"question": "why is my index build slow"},
}


@pytest.mark.parametrize("name", OF_A_CASE)
def test_a_summary_is_for_every_reader_not_only_one_at_a_command_line(name: str) -> None:
    found = find_tool(name).call(OF_A_CASE[name])
    for text in (found.summary, found.brief, *found.reasons):
        assert not re.search(r"(?<!-)--(?:output|json|mmap|fields|from|backup|restore)", text)
    assert len(found.brief.splitlines()) <= 20
