"""The official figures: every case of the official calculator, in its own words for the arguments."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from threadlore.tools.registry import find_tool

SHARED = Path(os.environ.get("THREADLORE_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
CASES = SHARED / "knowledge" / "sizing_cases.json"
_TEXT_HASHES = ("helm_values_sha256", "operator_cr_sha256")
"""Of the page's own text, which is not ours: the values in it are compared instead."""


def official(**arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = find_tool("size").call(arguments).result["official"]
    return found


def _differences(ours: Any, theirs: Any, path: str) -> list[str]:
    if isinstance(theirs, dict):
        if set(ours) != set(theirs):
            return [f"{path}: {sorted(ours)} != {sorted(theirs)}"]
        return [line for key in theirs for line in _differences(ours[key], theirs[key], f"{path}.{key}")]
    if isinstance(theirs, list):
        if len(ours) != len(theirs):
            return [f"{path}: {len(ours)} != {len(theirs)}"]
        return [line for pair in zip(ours, theirs, strict=True) for line in _differences(*pair, f"{path}[]")]
    if isinstance(theirs, float | int) and not isinstance(theirs, bool):
        same = math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=0)
        return [] if same else [f"{path}: {ours} != {theirs}"]
    return [] if ours == theirs else [f"{path}: {ours!r} != {theirs!r}"]


@pytest.mark.skipif(not CASES.is_file(), reason="the official cases are not beside the repository")
def test_every_official_case_is_reproduced_from_its_input_as_it_stands() -> None:
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    wrong = []
    for case in cases:
        found = official(**case["input"])
        expected = {name: value for name, value in case["output"].items() if name not in _TEXT_HASHES}
        if "helm_values" not in expected:
            found = {
                name: value for name, value in found.items() if name not in ("helm_values", "operator_cr")
            }
        wrong += _differences(found, expected, case["id"])
    assert not wrong, wrong[:10]


@pytest.mark.parametrize(
    ("index", "more", "loading", "disk"),
    [
        ("FLAT", {}, 512_000_000, 0),
        ("IVF_FLAT", {"nlist": 1024}, 512_000_000 + 1024 * 512, 0),
        ("IVFSQ8", {"nlist": 1024}, 128_000_000 + 1024 * 512, 0),
        ("IVF_RABITQ", {"nlist": 128}, 16_000_000 + 128 * 512, 0),
        ("IVF_RABITQ", {"nlist": 128, "refineType": "sq8"}, 144_000_000 + 128 * 512, 0),
        ("IVF_RABITQ", {"nlist": 128, "refine_type": "SQ32"}, 528_000_000 + 128 * 512, 0),
        ("SCANN", {}, 64_000_000, 0),
        ("SCANN", {"withRawData": True}, 576_000_000, 0),
        ("HNSW", {"M": 16}, 512_000_000 + 8 * 16 * 1_000_000, 0),
        ("AISAQ", {"maxDegree": 32, "inlinePQ": 4}, 16 * 2**20, 512_000_000 * 1.75),
        ("AISAQ", {"max_degree": 32, "inline_pq": 64}, 16 * 2**20, 512_000_000 * 9.25),
    ],
)
def test_the_official_formulas_for_a_million_vectors_of_128(
    index: str, more: dict[str, Any], loading: float, disk: float
) -> None:
    found = official(vectors="1M", dim=128, index_type=index, index_params=more)
    assert found["loading_memory_bytes"] == pytest.approx(1.15 * (loading + 2 * 2**30), rel=1e-12)
    assert found["local_disk_bytes"] == pytest.approx(disk, rel=1e-12)


def test_diskann_has_no_allowance_for_segments() -> None:
    found = official(vectors="1M", dim=128, index="DISKANN", max_degree=64)
    assert found["loading_memory_bytes"] == pytest.approx(1.15 * 128_000_000, rel=1e-12)
    assert found["local_disk_bytes"] == 768_000_000


def test_scalars_are_not_blown_up_and_offloaded_ones_leave_a_tenth_in_memory() -> None:
    plain = official(vectors="1M", dim=128, index="FLAT")
    kept = official(vectors="1M", dim=128, index="FLAT", scalar_bytes_per_row=1000)
    moved = official(vectors="1M", dim=128, index="FLAT", scalar_bytes_per_row=1000, offload_scalar=True)
    assert kept["loading_memory_bytes"] - plain["loading_memory_bytes"] == pytest.approx(10**9)
    assert moved["loading_memory_bytes"] - plain["loading_memory_bytes"] == pytest.approx(10**8)
    assert moved["local_disk_bytes"] == 10**9


def test_the_generated_values_carry_the_official_fault() -> None:
    found = official(vectors="100M", dim=768, index="HNSW")
    variables = {row["name"]: row["value"] for row in found["helm_values"]["etcd"]["extraEnvVars"]}
    assert variables["ETCD_ELECTION_TIMEOUT"] == "25000"
    assert found["helm_values"]["queryNode"]["replicas"] == found["milvus"]["query_node"]["count"]
    assert found["operator_cr"]["spec"]["mode"] == "cluster"


def test_the_25_page_has_an_index_node_and_names_pulsar_otherwise() -> None:
    found = official(tool_version="2.5", vectors="20M", dim=768, index_type="HNSW", index_params={"M": 30})
    assert "index_node" in found["milvus"] and "streaming_node" not in found["milvus"]
    assert "indexNode" in found["helm_values"]
    assert "pulsarv3" in found["operator_cr"]["spec"]["dependencies"]
    assert "mode" not in found["operator_cr"]["spec"]


def test_a_standalone_has_no_generated_values() -> None:
    found = official(vectors="1M", dim=768, index="FLAT")
    assert found["mode"] == "standalone" and "helm_values" not in found
