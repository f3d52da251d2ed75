"""The sizing tool over its whole input space: every case is sized, or refused with a way out."""

from __future__ import annotations

import json
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.kinds import DataType, Metric
from threadlore.tools.registry import ToolInputError, find_tool
from threadlore.tools.sizing.case import Index, Refine, Version

GIB = 2**30

CASES = st.fixed_dictionaries(
    {"vectors": st.integers(1, 10**12), "dim": st.integers(2, 32768)},
    optional={
        "index": st.sampled_from(get_args(Index)),
        "data_type": st.sampled_from(get_args(DataType)),
        "metric": st.sampled_from(get_args(Metric)),
        "milvus": st.sampled_from(get_args(Version)),
        "refine_type": st.sampled_from(get_args(Refine)),
        "dependency": st.sampled_from(["pulsar", "kafka", "woodpecker"]),
        "mode": st.sampled_from(["auto", "standalone", "distributed"]),
        "m": st.integers(2, 2048),
        "nlist": st.integers(1, 65536),
        "nbits": st.integers(1, 24),
        "replicas": st.integers(1, 100),
        "scalar_bytes": st.integers(0, 60_000_000),
        "segment_size_mb": st.integers(64, 16384),
        "inline_pq": st.integers(0, 2048),
        "max_degree": st.integers(1, 2048),
        "mmap_vectors": st.booleans(),
        "mmap_index": st.booleans(),
        "offload_scalar": st.booleans(),
        "memory_bytes": st.integers(0, 10**15),
    },
)


@given(CASES)
def test_any_case_is_sized_or_refused_with_a_way_out(arguments: dict[str, Any]) -> None:
    tool = find_tool("size")
    try:
        found = tool.call(arguments)
    except ToolInputError as error:
        assert error.message and error.hint
        return
    json.dumps(found.result, allow_nan=False)
    assert found.summary and all(found.reasons)
    assert len(found.summary.splitlines()) < 40
    check = found.result["server_check"]
    if check is None:
        return
    assert all(value >= 0 for value in check["of_one_replica"].values())
    node = check["milvus"].get("query_node") or check["milvus"]["standalone"]
    # What the server checks fits into 90 % of the nodes, and never less than one vector in memory or on disk.
    assert node["count"] * node["memory"] * GIB * 0.9 >= check["memory_bytes"] * (1 - 1e-9) - 100
    assert check["memory_bytes"] + check["disk_bytes"] + check["gpu_bytes"] >= arguments["vectors"]


@given(CASES, st.integers(2, 50))
def test_more_vectors_never_take_less(arguments: dict[str, Any], times: int) -> None:
    tool = find_tool("size")
    more = arguments | {"vectors": min(10**12, arguments["vectors"] * times)}
    try:
        small, large = (tool.call(one).result["server_check"] for one in (arguments, more))
    except ToolInputError:
        return
    if small is not None:
        assert large["memory_bytes"] >= small["memory_bytes"] - 2
        assert large["disk_bytes"] >= small["disk_bytes"] - 2


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_SPELLED = st.sampled_from(
    [
        "vectors",
        "dim",
        "index",
        "index_type",
        "M",
        "m",
        "nlist",
        "refine",
        "milvus",
        "tool_version",
        "mode",
        "index_params",
        "scalar_bytes_per_row",
        "data_type",
        "memory_bytes",
        "files_for",
        "x",
    ]
)


@given(st.dictionaries(_SPELLED, _JSON | st.sampled_from(["10M", "1e30", "-1", "HNSW", "IVF_PQ", 768])))
def test_whatever_is_given_is_sized_or_refused(arguments: dict[str, Any]) -> None:
    try:
        found = find_tool("size").call(arguments)
    except ToolInputError as error:
        assert error.message
        return
    assert found.summary
