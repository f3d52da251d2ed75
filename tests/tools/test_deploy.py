"""The deploy tool: which deployment, why, what rules one out, what changing later costs."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.base import ToolInputError, ToolResult
from threadlore.tools.deployment.case import OPTIONS, Feature
from threadlore.tools.registry import find_tool
from threadlore.tools.tables import table


def deploy(**arguments: Any) -> ToolResult:
    return find_tool("deploy").call(arguments)


def rows(**arguments: Any) -> dict[str, dict[str, Any]]:
    return {row["deployment"]: row for row in deploy(**arguments).result["ranked"]}


@pytest.mark.parametrize(
    ("case", "choice"),
    [
        ({"vectors": "20k", "purpose": "notebook"}, "lite"),
        ({"purpose": "unit test"}, "lite"),
        ({"vectors": "50k", "dim": 384, "purpose": "prototype", "platform": "windows"}, "lite"),
        ({"vectors": "5M", "dim": 768, "purpose": "production", "operations": "some"}, "standalone"),
        ({"vectors": "20M", "dim": 768}, "standalone"),
        ({"vectors": "3M", "dim": 768, "features": ["rbac", "gpu"]}, "standalone"),
        ({"vectors": "90M", "dim": 1024, "operations": "team", "kubernetes": True}, "distributed"),
        ({"vectors": "2B", "dim": 768, "qps": 5000, "operations": "team"}, "distributed"),
        ({"vectors": "10M", "dim": 768, "features": "HA,rbac", "operations": "team"}, "distributed"),
        ({"vectors": "30M", "dim": 768, "operations": "none"}, "cloud"),
        ({"vectors": "500M", "dim": 768, "kubernetes": False}, "cloud"),
        ({"vectors": "3M", "dim": 768, "cpu": "old", "features": ["rbac"]}, "cloud"),
    ],
)
def test_the_choice_of_typical_cases(case: dict[str, Any], choice: str) -> None:
    found = deploy(**case)
    assert found.result["choice"] == choice
    title = next(row["title"] for row in table("deploy")["options"] if row["name"] == choice)
    assert found.summary.startswith(f"**{title}**")
    assert not found.result["nothing_fits"]


@pytest.mark.parametrize(
    ("case", "option", "part"),
    [
        ({"vectors": "30M"}, "lite", "more than the few million"),
        ({"vectors": "200M"}, "standalone", "over what the official tool allows"),
        ({"qps": 5000}, "lite", "too many for one Python process"),
        ({"features": ["tls"]}, "lite", "no TLS"),
        ({"features": ["high_availability"]}, "standalone", "single point of failure"),
        ({"features": ["gpu"]}, "cloud", "AUTOINDEX"),
        ({"features": ["several_processes"]}, "lite", "one process at a time"),
        ({"cpu": "no avx"}, "standalone", "illegal instruction"),
        ({"kubernetes": False}, "distributed", "runs on Kubernetes"),
        ({"cloud_allowed": False}, "cloud", "may not lie with a provider"),
        ({"memory_bytes": "4GB"}, "standalone", "8 GB of memory at least"),
        ({"memory_bytes": "16GB"}, "distributed", "32 GB of memory at least"),
    ],
)
def test_what_rules_a_deployment_out_is_said(case: dict[str, Any], option: str, part: str) -> None:
    found = rows(**case)[option]
    assert not found["possible"]
    assert part in " ".join(found["ruled_out_by"])


def test_a_machine_sold_as_8_gb_holds_a_standalone() -> None:
    assert rows(memory_bytes="7.6GB", vectors="100k", dim=384)["standalone"]["possible"]


def test_no_machine_is_named_that_is_smaller_than_a_standalone_needs() -> None:
    found = deploy(vectors="100k", purpose="production", features="rbac")
    assert "fit on one machine of 8 GB" in found.summary


def test_memory_that_is_too_small_for_the_vectors_is_named() -> None:
    found = rows(vectors="5M", dim=1536, memory_bytes="16GB")["standalone"]
    assert any("and there are 16 GB" in text for text in found["against"])
    assert not rows(vectors="1M", dim=384, memory_bytes="16GB")["standalone"]["against"]


def test_nothing_fits_is_said_and_the_nearest_is_named() -> None:
    found = deploy(vectors="300M", kubernetes=False, cloud_allowed=False, features=["gpu"])
    assert found.result["nothing_fits"]
    assert "Nothing fits all of this" in found.summary and "in the way" in found.summary


def test_with_nothing_given_it_says_how_to_choose_and_chooses_nothing() -> None:
    found = deploy()
    assert found.result["choice"] is None
    assert all(title in found.summary for title in ("Lite", "Standalone", "Distributed", "Zilliz Cloud"))
    assert "how many vectors" in found.summary


def test_the_price_of_changing_is_named() -> None:
    later = deploy(vectors="5M", dim=768, operations="some").summary
    assert "to change later to Milvus Distributed: no switch in place" in later
    there = deploy(vectors="2B", dim=768, deployment="standalone", operations="team").summary
    assert "to get there from Milvus Standalone: no switch in place" in there
    same = deploy(vectors="5M", dim=768, deployment="standalone", operations="some").summary
    assert "that is what runs today" in same


@pytest.mark.parametrize("case", [{"platform": "windows"}, {"features": ["full_text"]}])
def test_aged_beliefs_about_lite_are_corrected_where_they_matter(case: dict[str, Any]) -> None:
    found = deploy(vectors="50k", purpose="production", operations="some", **case)
    text = " ".join(found.reasons)
    assert "Lite 3.x has BM25" in text
    assert "Lite 3.x runs there where wheels exist" in text


def test_what_is_assumed_is_said() -> None:
    reasons = " ".join(deploy(vectors="5M").reasons)
    assert "768 was taken" in reasons and "HNSW was taken" in reasons
    assert "was taken" not in " ".join(deploy(vectors="5M", dim=512, index="FLAT").reasons)


@pytest.mark.parametrize("section", ["features", "platforms", "cpus"])
def test_every_row_of_the_table_speaks_of_every_deployment(section: str) -> None:
    for row in table("deploy")[section].values():
        assert tuple(row) == OPTIONS
        assert all(one["ok"] in ("yes", "partly", "no") for one in row.values())
        assert all(one["text"] for one in row.values() if one["ok"] != "yes")


def test_every_feature_that_may_be_asked_for_stands_in_the_table() -> None:
    assert set(get_args(Feature)) == set(table("deploy")["features"])


@pytest.mark.parametrize(
    ("case", "part"),
    [
        ({"vectors": 0}, "vectors is 0"),
        ({"vectors": "lots"}, "no number"),
        ({"features": ["telepathy"]}, "features is 'telepathy'"),
        ({"platform": "amiga"}, "platform is 'amiga'"),
        ({"vectors": 10, "dim": 768, "index": "BIN_FLAT", "qps": -1}, "qps is -1"),
        ({"qps": float("inf")}, "no whole number"),
    ],
)
def test_bad_arguments_are_named(case: dict[str, Any], part: str) -> None:
    with pytest.raises(ToolInputError, match=part) as error:
        deploy(**case)
    assert error.value.hint


CASES = st.fixed_dictionaries(
    {},
    optional={
        "vectors": st.integers(1, 10**12),
        "dim": st.integers(2, 32768),
        "index": st.sampled_from(
            ["FLAT", "HNSW", "DISKANN", "IVF_PQ", "BIN_FLAT", "SPARSE_WAND", "AUTOINDEX"]
        ),
        "scalar_bytes": st.integers(0, 60_000_000),
        "qps": st.integers(0, 10**6),
        "features": st.lists(st.sampled_from(get_args(Feature)), max_size=4),
        "purpose": st.sampled_from(["prototype", "test", "production"]),
        "operations": st.sampled_from(["none", "some", "team"]),
        "platform": st.sampled_from(["linux", "macos", "windows"]),
        "cpu": st.sampled_from(["x86", "arm", "old"]),
        "kubernetes": st.booleans(),
        "docker": st.booleans(),
        "cloud_allowed": st.booleans(),
        "memory_bytes": st.integers(1, 10**15),
        "deployment": st.sampled_from(OPTIONS),
    },
)


@given(CASES)
def test_any_case_is_ranked_with_reasons(arguments: dict[str, Any]) -> None:
    try:
        found = deploy(**arguments)
    except ToolInputError as error:
        assert error.message and error.hint
        return
    json.dumps(found.result, allow_nan=False)
    ranked = found.result["ranked"]
    assert {row["deployment"] for row in ranked} == set(OPTIONS)
    possible = [row["possible"] for row in ranked]
    assert possible == sorted(possible, reverse=True)
    assert all(row["gives_up"] and row["prerequisites"] and row["change_later"] for row in ranked)
    assert len(found.summary.splitlines()) < 40 and all(found.reasons)
    if found.result["choice"] is not None:
        assert found.result["choice"] == ranked[0]["deployment"]
        assert found.result["nothing_fits"] is not any(possible)
