"""The sizing tool against the official figures."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from threadlore.tools.registry import ToolInputError, find_tool, tools

SHARED = Path(os.environ.get("THREADLORE_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
CASES = SHARED / "knowledge" / "sizing_cases.json"


def _arguments(case: dict[str, Any]) -> dict[str, Any]:
    given = case["input"]
    parameters = {name.lower(): value for name, value in given["index_params"].items()}
    return {
        "vectors": given["vectors"],
        "dim": given["dim"],
        "index": given["index_type"],
        "scalar_bytes": given["scalar_bytes_per_row"],
        "offload_scalar": given["offload_scalar"],
        "segment_size_mb": given["segment_size_mb"],
        "mode": given["mode"],
        "dependency": given["dependency"],
        "milvus": given["tool_version"],
        **parameters,
    }


def _same(ours: Any, theirs: Any, path: str) -> list[str]:
    if isinstance(theirs, dict):
        if set(ours) != set(theirs):
            return [f"{path}: {sorted(ours)} != {sorted(theirs)}"]
        return [line for key in theirs for line in _same(ours[key], theirs[key], f"{path}.{key}")]
    if isinstance(theirs, float | int) and not isinstance(theirs, bool):
        same = math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=0)
        return [] if same else [f"{path}: {ours} != {theirs}"]
    return [] if ours == theirs else [f"{path}: {ours!r} != {theirs!r}"]


@pytest.mark.skipif(not CASES.is_file(), reason="the official cases are not beside the repository")
def test_every_official_case_is_reproduced() -> None:
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    wrong = []
    for case in cases:
        result = find_tool("size").call(_arguments(case)).result
        expected = {
            name: value
            for name, value in case["output"].items()
            if not name.startswith(("helm_values", "operator_cr"))
        }
        wrong += _same({name: result[name] for name in expected}, expected, case["id"])
    assert not wrong, wrong[:10]


@pytest.mark.parametrize(
    ("index", "more", "memory", "disk"),
    [
        ("FLAT", {}, 512_000_000, 0),
        ("IVF_FLAT", {"nlist": 1024}, 512_000_000 + 1024 * 512, 0),
        ("IVF_SQ8", {"nlist": 1024}, 128_000_000 + 1024 * 512, 0),
        ("IVF_RABITQ", {"nlist": 128}, 16_000_000 + 128 * 512, 0),
        ("IVF_RABITQ", {"nlist": 128, "refine_type": "sq8"}, 144_000_000 + 128 * 512, 0),
        ("SCANN", {}, 64_000_000, 0),
        ("SCANN", {"with_raw_data": True}, 576_000_000, 0),
        ("HNSW", {"m": 16}, 512_000_000 + 8 * 16 * 1_000_000, 0),
        ("DISKANN", {"max_degree": 64}, 128_000_000, 768_000_000),
        ("AISAQ", {"max_degree": 32, "inline_pq": 4}, 16 * 2**20, 512_000_000 * 1.75),
    ],
)
def test_index_size_of_a_million_vectors_of_128(
    index: str, more: dict[str, Any], memory: float, disk: float
) -> None:
    result = find_tool("size").call({"vectors": "1M", "dim": 128, "index": index, **more}).result
    assert result["index_memory_bytes"] == memory
    assert result["local_disk_bytes"] == disk


def test_ten_million_of_768_is_still_standalone_and_one_more_is_not() -> None:
    tool = find_tool("size")
    assert tool.call({"vectors": "10M", "dim": 768, "index": "FLAT"}).result["mode"] == "standalone"
    assert tool.call({"vectors": 10_000_001, "dim": 768, "index": "flat"}).result["mode"] == "distributed"
    assert tool.call({"vectors": "50M", "dim": 768, "index": "disk ann"}).result["mode"] == "standalone"


def test_the_summary_says_what_it_is_and_the_reasons_why() -> None:
    found = find_tool("size").call({"vectors": "100M", "dim": 768, "index": "ivf-sq8"})
    assert "official figure" in found.summary
    assert "100M vectors x 768 dimensions, IVF_SQ8" in found.summary
    assert "query node: " in found.summary
    assert any("keeps no raw vectors" in reason and "286.1 GB" in reason for reason in found.reasons)
    assert found.facts_version in find_tool("size").facts_version


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({}, "needs vectors, dim, index"),
        ({"vectors": 1, "dim": 768}, "needs index"),
        ({"vectors": "many", "dim": 768, "index": "HNSW"}, "no number"),
        ({"vectors": 0, "dim": 768, "index": "HNSW"}, "vectors is 0"),
        ({"vectors": 1, "dim": 1, "index": "HNSW"}, "dim is 1"),
        ({"vectors": 1, "dim": 1.5, "index": "HNSW"}, "no whole number"),
        ({"vectors": float("nan"), "dim": 8, "index": "HNSW"}, "no whole number"),
        ({"vectors": 1, "dim": 8, "index": "BTREE"}, "index is 'BTREE'"),
        ({"vectors": 1, "dim": 8, "index": "HNSW", "colour": 1}, "knows no argument colour"),
        ({"vectors": 1, "dim": 8, "index": "HNSW", "offload_scalar": "maybe"}, "offload_scalar is 'maybe'"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], part: str) -> None:
    with pytest.raises(ToolInputError, match=part):
        find_tool("size").call(arguments)


def test_the_schema_follows_the_arguments() -> None:
    schema = tools()["size"].schema
    assert schema["required"] == ["vectors", "dim", "index"]
    assert schema["properties"]["index"]["enum"][0] == "FLAT"
    assert schema["properties"]["dim"] | {"minimum": 2, "maximum": 32768} == schema["properties"]["dim"]
    assert json.loads(json.dumps(schema)) == schema


def test_an_unknown_tool_is_named() -> None:
    with pytest.raises(ToolInputError, match="no tool 'sizes'"):
        find_tool("sizes")
