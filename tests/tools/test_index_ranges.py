"""Every parameter that the tool for indexes can print lies in its range, over the whole input space."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.legal_ranges import LITE, RANGES, SINCE, illegal
from threadlore.tools.base import ToolInputError
from threadlore.tools.indexing.case import IndexArguments, make_case
from threadlore.tools.indexing.facts import index_rows, read_version
from threadlore.tools.indexing.legal import problems
from threadlore.tools.indexing.parameters import Setting, settings
from threadlore.tools.registry import find_tool
from threadlore.tools.tables import table


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
