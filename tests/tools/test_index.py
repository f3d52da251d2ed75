"""The index tool: what it ranks first, what it leaves out and why, and that all it prints is legal."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.legal_ranges import LITE, RANGES, SINCE, illegal
from threadlore.tools.base import ToolInputError, ToolResult
from threadlore.tools.calling import arguments_for
from threadlore.tools.indexing.case import IndexArguments, make_case
from threadlore.tools.indexing.facts import index_rows, read_version
from threadlore.tools.indexing.legal import problems
from threadlore.tools.indexing.parameters import Setting, settings
from threadlore.tools.registry import find_tool
from threadlore.tools.tables import table


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


def test_dimension_and_metric_follow_from_the_embedding_model() -> None:
    tool = find_tool("index")
    found = tool.call({"vectors": "5M", "embedding_model": "multi-qa-mpnet-base-dot-v1"})
    assert found.result["metric"] == "IP"
    assert "trained for it" in found.result["metric_why"]
    assert "dim=768" in found.documents["code"]
    cosine = tool.call({"vectors": "5M", "embedding_model": "text-embedding-3-small"})
    assert (cosine.result["metric"], "1536" in cosine.summary) == ("COSINE", True)


def test_a_metric_against_the_model_is_warned_of() -> None:
    found = index(embedding_model="multi-qa-mpnet-base-dot-v1", metric="COSINE")
    assert found.result["metric"] == "COSINE"
    assert "trained for IP" in found.result["metric_why"]


def test_an_unknown_model_is_not_known_and_needs_its_dimension() -> None:
    assert "not known" in index(embedding_model="our-own-model").result["metric_why"]
    with pytest.raises(ToolInputError) as caught:
        find_tool("index").call({"vectors": "5M", "embedding_model": "our-own-model"})
    assert caught.value.missing == ("dim",)
    assert "dimension" in caught.value.hint


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


def test_all_indexes_and_parameters_of_the_table_are_those_written_down_by_hand() -> None:
    assert set(index_rows()) == set(RANGES)
    for one in table("indexes")["parameters"]:
        assert one["index"] in RANGES
        if one["default"] is not None and one["kind"] in ("int", "float"):
            low, high = RANGES[one["index"]].get(one["parameter"], (0, 1))
            assert low <= one["default"] <= high


NUMBERS = {
    "vectors": st.integers(1, 10**12) | st.integers(1, 10**6),
    "dim": st.integers(1, 4096) | st.sampled_from([8, 16, 128, 384, 768, 769, 1024, 1536, 32768, 262144]),
    "memory_bytes": st.none() | st.integers(1, 2**42),
    "disk_bytes": st.none() | st.integers(0, 2**44),
    "gpu_memory_bytes": st.none() | st.integers(1, 2**40),
    "recall": st.none() | st.floats(0.01, 1),
    "latency_ms": st.none() | st.floats(0.01, 10_000),
    "qps": st.none() | st.integers(1, 10**6),
    "top_k": st.integers(1, 16384) | st.sampled_from([1, 10, 100, 1024, 1025, 16384]),
    "filtered_out": st.none() | st.floats(0, 1),
    "writes_per_day": st.none() | st.integers(0, 10**12),
    "scalar_bytes": st.sampled_from([0, 100, 60_000_000]),
    "non_zeros": st.integers(1, 10**6),
    "replicas": st.integers(1, 100),
}
NAMES = {
    "disk": st.sampled_from([None, "nvme", "ssd", "hdd", "none"]),
    "gpu": st.booleans(),
    "data_type": st.sampled_from([None, "float32", "float16", "bfloat16", "int8", "binary", "sparse"]),
    "metric": st.sampled_from([None, "COSINE", "L2", "IP", "HAMMING", "JACCARD", "MHJACCARD", "BM25"]),
    "index": st.none() | st.sampled_from(sorted(RANGES)),
    "needs": st.lists(st.sampled_from(["range", "group_by", "iterator"]), max_size=2),
    "allow_mmap": st.booleans(),
    "avx2": st.booleans(),
    "deployment": st.sampled_from([None, "lite", "standalone", "distributed", "cloud"]),
    "milvus_version": st.sampled_from(["2.3", "2.3.5", "2.4", "2.5.3", "2.5", "2.6.3", "2.6", "3.0"]),
    "filter_fields": st.lists(
        st.sampled_from(["a:INT64:range", "b:VARCHAR:tenant", "c:JSON", "d:BOOL", "e:VARCHAR:contains"]),
        unique=True,
        max_size=3,
    ),
}
SPACE = st.fixed_dictionaries({}, optional={**NUMBERS, **NAMES}).map(
    lambda given: {"vectors": 10**6, "dim": 768} | given
)


@given(SPACE)
def test_every_parameter_lies_in_its_range_over_the_whole_input_space(arguments: dict[str, Any]) -> None:
    try:
        found = find_tool("index").call(arguments)
    except ToolInputError as error:
        assert error.message and error.hint
        return
    json.dumps(found.result, allow_nan=False)
    version = read_version(arguments.get("milvus_version", "2.6"))
    for row in [*found.result["candidates"], *found.result["too_large"]]:
        kind = found.result["data_type"]
        assert not illegal(row, arguments["dim"], arguments.get("top_k", 10), kind), row
        if arguments.get("deployment") == "lite":
            assert row["index"] in LITE
        else:
            assert version >= SINCE.get(row["index"], (2, 3)), row
        assert row["fits"] == (not row["lacks"])
    assert len(found.summary) < 6000
    assert len(found.summary.splitlines()) <= 40
    for code in [found.documents[name] for name in ("code",) if name in found.documents]:
        ast.parse(code)


@given(SPACE, st.sampled_from(sorted(RANGES)))
def test_every_setting_that_could_be_chosen_is_legal(arguments: dict[str, Any], name: str) -> None:
    try:
        case = make_case(find_tool("index").read(arguments | {"index": name, "data_type": None}))
    except ToolInputError:
        return
    if case.data_type not in index_rows()[name]["data_types"]:
        return
    if name.startswith("GPU_") and case.top_k > 1024:
        return
    assert settings(case, name)
    assert [problem for one in settings(case, name) for problem in problems(case, one)] == []


@pytest.mark.parametrize(
    ("setting", "part"),
    [
        (Setting("HNSW", {"M": 1}), "out of its range"),
        (Setting("HNSW", {}, {"ef": 5}), "less than top_k"),
        (Setting("IVF_PQ", {"m": 5}), "no divisor of dim"),
        (Setting("IVF_FLAT", {"nlist": 8}, {"nprobe": 9}), "more than nlist"),
        (Setting("IVF_RABITQ", {"refine": False, "refine_type": "SQ8"}), "without refine"),
        (
            Setting("HNSW_SQ", {"sq_type": "SQ8", "refine": True, "refine_type": "SQ6"}),
            "not more precise than sq_type",
        ),
        (Setting("FLAT", {"nlist": 8}), "has no build parameter nlist"),
    ],
)
def test_the_check_of_ranges_finds_what_is_illegal(setting: Setting, part: str) -> None:
    case = make_case(IndexArguments(vectors=10**6, dim=768))
    assert any(part in problem for problem in problems(case, setting))


@pytest.mark.parametrize(
    ("model", "metric", "known"),
    [
        ("bge-m3", "COSINE", True),
        ("multi-qa-mpnet-base-dot-v1", "IP", True),
        ("our own model", "COSINE", False),
    ],
)
def test_the_metric_of_a_model_needs_no_numbers(model: str, metric: str, known: bool) -> None:
    found = find_tool("index").call({"metric_only": True, "embedding_model": model})
    assert (found.result["metric"], found.result["known"]) == (metric, known)
    assert ("Not known" in found.summary) != known


def test_a_question_on_the_metric_asks_for_the_model_alone() -> None:
    tool = find_tool("index")
    asked = arguments_for(tool, "which metric type for bge-m3, cosine or ip?")
    assert asked == {"embedding_model": "bge-m3", "dim": 1024, "metric_only": True}
    assert tool.missing(asked) == () and tool.assumed(asked) == {}
    assert tool.missing(arguments_for(tool, "which metric should I use?")) == ("embedding_model",)
    both = arguments_for(tool, "which index and metric for 5M bge-m3 vectors?")
    assert both["vectors"] == 5_000_000 and "metric_only" not in both
