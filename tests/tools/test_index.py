"""The index tool: what it ranks first, what it leaves out and why."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from threadlore.tools.base import ToolInputError, ToolResult
from threadlore.tools.calling import arguments_for
from threadlore.tools.indexing.facts import read_version
from threadlore.tools.registry import find_tool


def index(**arguments: Any) -> ToolResult:
    return find_tool("index").call({"vectors": "10M", "dim": 768} | arguments)


def ranked(**arguments: Any) -> list[str]:
    return [row["index"] for row in index(**arguments).result["candidates"]]


def best(**arguments: Any) -> dict[str, Any]:
    first: dict[str, Any] = index(**arguments).result["candidates"][0]
    return first


TOO_LITTLE = {"vectors": "50M", "dim": 1024, "memory_bytes": "64GB", "recall": 0.95, "filtered_out": 0.9}


@pytest.mark.parametrize(
    ("case", "first"),
    [
        ({"vectors": "20k", "dim": 1024, "memory_bytes": "64GB", "filtered_out": 0.9}, "FLAT"),
        ({"vectors": "20k"}, "FLAT"),
        ({}, "AUTOINDEX"),
        ({"memory_bytes": "64GB", "recall": 0.98, "latency_ms": "10ms"}, "HNSW"),
        (TOO_LITTLE, "IVF_SQ8"),
        ({"vectors": "100M", "memory_bytes": "96GB", "disk": "nvme", "recall": 0.97}, "DISKANN"),
        ({"vectors": "100M", "memory_bytes": "12GB", "disk": "nvme", "recall": 0.95}, "AISAQ"),
        (
            {"vectors": "1M", "memory_bytes": "64GB", "gpu": True, "gpu_memory_bytes": "80GB", "qps": 5000},
            "GPU_CAGRA",
        ),
        ({"deployment": "cloud", "memory_bytes": "64GB", "recall": 0.95}, "AUTOINDEX"),
        ({"data_type": "sparse", "recall": 0.95, "memory_bytes": "64GB"}, "SPARSE_INVERTED_INDEX"),
        ({"metric": "BM25", "recall": 0.95, "memory_bytes": "64GB"}, "SPARSE_INVERTED_INDEX"),
        ({"data_type": "binary", "recall": 0.95, "memory_bytes": "64GB"}, "BIN_IVF_FLAT"),
        ({"data_type": "int8", "recall": 0.95, "memory_bytes": "64GB"}, "HNSW"),
        ({"vectors": "1M", "filtered_out": 0.99, "recall": 0.95, "memory_bytes": "64GB"}, "FLAT"),
    ],
)
def test_typical_cases(case: dict[str, Any], first: str) -> None:
    assert ranked(**case)[0] == first


def test_what_fits_is_reckoned_with_what_the_server_counts_and_the_share_it_may_fill() -> None:
    found = index(vectors="10M", dim=768, index="HNSW", m=None, memory_bytes="36GB", allow_mmap=False)
    row = (found.result["candidates"] or found.result["too_large"])[0]
    assert row["memory_to_have_bytes"] == pytest.approx(row["memory_bytes"] / 0.9, rel=1e-6)
    assert row["fits"] == (row["memory_to_have_bytes"] <= 36 * 2**30)
    assert row["memory_bytes"] != row["official_loading_memory_bytes"]


def test_memory_is_that_of_size() -> None:
    row = best(vectors="50M", dim=1024, index="IVF_SQ8")
    same = find_tool("size").call(
        {
            "vectors": "50M",
            "dim": 1024,
            "index": "IVF_SQ8",
            "nlist": row["build"]["nlist"],
            "mmap_vectors": row["vectors_on_disk"],
        }
    )
    assert row["vectors_on_disk"]
    assert same.result["server_check"]["memory_bytes"] == row["memory_bytes"]


def test_raw_vectors_of_a_lossy_index_stay_on_disk_and_the_program_says_so() -> None:
    found = index(**TOO_LITTLE)
    assert found.result["candidates"][0]["vectors_on_disk"]
    assert "mmap_enabled=True" in found.documents["code"]
    assert "raw vectors mapped to disk" in found.summary


def test_a_gpu_gets_a_verdict_even_when_it_is_not_worth_it() -> None:
    text = index(**TOO_LITTLE, gpu=True).summary
    assert "GPU" in text
    assert "cards of 80 GB" in text


def test_a_gpu_that_is_there_is_used_where_the_index_fits_it() -> None:
    assert best(vectors="5M", gpu=True)["index"] == "GPU_CAGRA"
    assert best(vectors="50M", dim=1024, gpu_memory_bytes="400GB")["index"] == "GPU_CAGRA"
    many_cards = index(vectors="50M", dim=1024, gpu=True)
    assert not str(many_cards.result["candidates"][0]["index"]).startswith("GPU")
    assert "on your GPU" in many_cards.summary and "how much GPU memory" in many_cards.summary
    assert not best(vectors="5M", gpu=True, qps=50)["index"].startswith("GPU")
    assert best(vectors="20k", gpu=True)["index"] == "FLAT"


def test_cosine_on_a_gpu_becomes_ip_on_vectors_of_length_1() -> None:
    found = index(vectors="1M", gpu=True, index="GPU_CAGRA", metric="COSINE")
    assert found.result["candidates"][0]["metric"] == "IP"
    assert "def normalise" in found.documents["code"]
    assert "gpu_cosine" in found.result["contradictions"]


@pytest.mark.parametrize(
    ("case", "left_out", "part"),
    [
        ({"milvus_version": "2.5"}, "IVF_RABITQ", "came with Milvus 2.6"),
        ({"milvus_version": "2.6.3"}, "AISAQ", "came with Milvus 2.6.4"),
        ({"milvus_version": "2.4.9"}, "HNSW_SQ", "came with Milvus 2.5"),
        ({"data_type": "bfloat16", "gpu": True}, "GPU_CAGRA", "no bfloat16"),
        ({"data_type": "int8"}, "IVF_FLAT", "no int8"),
        ({"dim": 767}, "SCANN", "even dimension"),
        ({"gpu": True, "top_k": 2000}, "GPU_CAGRA", "1,024 at most"),
        ({"gpu": True, "top_k": 5000}, "GPU_BRUTE_FORCE", "4,096 at most"),
        ({"avx2": False}, "SCANN", "AVX2"),
        ({"disk": "hdd"}, "DISKANN", "NVMe"),
        ({"needs": ["group_by"]}, "IVF_PQ", "group by"),
        ({"needs": "range", "gpu": True}, "GPU_CAGRA", "range"),
        ({"top_k": 2000, "gpu": True}, "GPU_CAGRA", "1,024"),
        ({"deployment": "lite", "vectors": "50k"}, "SCANN", "Lite does not build it"),
        ({"deployment": "cloud"}, "HNSW", "AUTOINDEX alone"),
        ({"memory_bytes": "4GB", "allow_mmap": False}, "HNSW", "more than there is"),
        ({"memory_bytes": "4GB", "disk_bytes": "1GB"}, "HNSW", "more than there is"),
    ],
)
def test_what_is_left_out_says_why(case: dict[str, Any], left_out: str, part: str) -> None:
    found = index(**case)
    assert part in found.result["left_out"][left_out]
    assert left_out not in [row["index"] for row in found.result["candidates"]]


def test_a_version_without_its_last_number_is_the_latest_of_its_line() -> None:
    assert read_version("2.6") == read_version("v2.6.x") > (2, 6, 4)
    assert read_version("2.6.4-gpu") == (2, 6, 4)
    assert "AISAQ" not in index(milvus_version="2.6").result["left_out"]


@pytest.mark.parametrize(
    ("case", "part"),
    [
        ({"milvus_version": "1.1"}, "the facts cover 2.3"),
        ({"milvus_version": "4.0"}, "the facts cover"),
        ({"milvus_version": "newest"}, "no version"),
        ({"milvus_version": "2.3", "data_type": "sparse"}, "came with Milvus 2.4"),
        ({"milvus_version": "2.4", "metric": "BM25"}, "came with Milvus 2.5"),
        ({"data_type": "binary", "dim": 100}, "multiple of 8"),
        ({"dim": 40000}, "proxy.maxDimension"),
        ({"dim": 1}, "between 2 and"),
        ({"metric": "HAMMING", "data_type": "float32"}, "no metric of float32"),
        ({"index": "IVF_RABITQ", "milvus_version": "2.5"}, "came with Milvus 2.6"),
        ({"index": "IVF_FLAT", "data_type": "int8"}, "takes no int8"),
        ({"index": "ANNOY"}, "Use one of"),
        ({"deployment": "lite", "data_type": "float16"}, "Lite has no float16"),
        ({"vectors": -5}, "must lie between"),
        ({"vectors": float("nan")}, "no whole number"),
        ({"vectors": "1e30"}, "must lie between"),
        ({"recall": "120%"}, "must lie between"),
        ({"filtered_out": 1.5}, "must lie between"),
        ({"filter_fields": ["price"]}, "no field"),
        ({"filter_fields": ["price:MONEY"]}, "Use one of"),
        ({"filter_fields": ["a:INT64:sideways"]}, "Use one of"),
        ({"filter_fields": ["a:INT64", "a:BOOL"]}, "twice"),
        ({"filter_fields": ["a:INT64:tenant", "b:INT64:tenant"]}, "one partition key"),
        ({"filter_fields": ['a"); import os #:INT64']}, "no field"),
    ],
)
def test_what_does_not_go_together_is_refused(case: dict[str, Any], part: str) -> None:
    with pytest.raises(ToolInputError) as caught:
        index(**case)
    assert part in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("field", "version", "made"),
    [
        ("price:DOUBLE:range", "2.6", "STL_SORT"),
        ("price:DOUBLE:equals", "2.6", "INVERTED"),
        ("colour:VARCHAR:equals:20", "2.6", "BITMAP"),
        ("colour:VARCHAR:equals:20", "2.4", "INVERTED"),
        ("colour:VARCHAR:equals:500", "2.6", "INVERTED"),
        ("open:BOOL", "2.5", "BITMAP"),
        ("title:VARCHAR:contains", "2.6", "NGRAM"),
        ("title:VARCHAR:contains", "2.5", "INVERTED"),
        ("title:VARCHAR:prefix", "2.3", "Trie"),
        ("place:GEOMETRY:range", "2.6", "RTREE"),
        ("place:GEOMETRY:range", "2.6.3", None),
        ("meta:JSON:equals", "2.5.11", "INVERTED"),
        ("meta:JSON:equals", "2.5.10", None),
        ("tags:ARRAY:equals", "2.6", "INVERTED"),
        ("tenant:VARCHAR:tenant", "2.6", None),
    ],
)
def test_scalar_indexes_by_type_use_and_version(field: str, version: str, made: str | None) -> None:
    row = index(filter_fields=[field], milvus_version=version).result["scalar_indexes"][0]
    assert row["index"] == made
    assert row["why"]
    assert row["partition_key"] == (":tenant" in field)


def test_contradictions_of_the_sources_are_said() -> None:
    found = index(vectors="5M", filtered_out=0.96, memory_bytes="64GB")
    assert {"filter_95_98", "graph_filter"} <= set(found.result["contradictions"])
    assert any("98 %" in reason and "95 %" in reason for reason in found.reasons)
    named = index(index="IVF_RABITQ")
    assert any("rbq_bits_query" in reason for reason in named.reasons)


def test_where_nothing_fits_the_nearest_is_said() -> None:
    found = index(vectors="1B", memory_bytes="1GB", disk_bytes="1GB")
    assert not found.result["candidates"]
    assert "Nothing fits" in found.summary
    assert found.result["too_large"][0]["lacks"]
    assert "to grow" not in found.summary


def test_settings_of_the_server_are_printed_where_there_are_any() -> None:
    config = yaml.safe_load(index(index="DISKANN").documents["config"])
    assert config["queryNode"]["enableDisk"] is True
    assert config["common"]["DiskIndex"]["MaxDegree"] == 56
    assert "config" not in index(index="HNSW").documents


def test_a_change_of_most_rows_a_day_turns_away_from_slow_builds() -> None:
    calm = ranked(memory_bytes="64GB", recall=0.95)
    busy = ranked(memory_bytes="64GB", recall=0.95, writes_per_day="8M")
    assert calm.index("HNSW") < calm.index("IVF_FLAT")
    assert busy.index("IVF_FLAT") < busy.index("HNSW")


@pytest.mark.parametrize("data_type", ["binary", "sparse"])
def test_autoindex_of_few_choices_is_not_told_apart_from_what_it_makes(data_type: str) -> None:
    said = index(data_type=data_type).summary.split("AUTOINDEX")[1]
    assert "HNSW" not in said and "0.98" not in said


def test_a_large_top_k_turns_to_clusters() -> None:
    assert ranked(memory_bytes="64GB", recall=0.95, top_k=10_000)[0].startswith("IVF")


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (
            "300M vectors, 128 dim, NVMe disks, 128 GB RAM, milvus 2.6.3: which index?",
            {
                "vectors": 300_000_000,
                "dim": 128,
                "memory_bytes": 2**37,
                "disk": "nvme",
                "milvus_version": "2.6.3",
            },
        ),
        ("HNSW or IVF for 2 million 768d vectors?", {"vectors": 2_000_000, "dim": 768}),
        ("which index for 5M sparse vectors?", {"vectors": 5_000_000, "data_type": "sparse"}),
    ],
)
def test_arguments_from_a_question(text: str, arguments: dict[str, Any]) -> None:
    assert arguments_for(find_tool("index"), text) == arguments
