"""The sizing tool: what the server will check for, our formulas, comparison, arguments that go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from threadlore.tools.registry import ToolInputError, ToolResult, find_tool, tools
from threadlore.tools.units import show_bytes

GIB = 2**30


def size(**arguments: Any) -> ToolResult:
    return find_tool("size").call(arguments)


def server(**arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = size(**arguments).result["server_check"]
    return found


def parts(**arguments: Any) -> dict[str, int]:
    found: dict[str, int] = server(**arguments)["of_one_replica"]
    return found


def test_the_raw_vectors_come_on_top_of_an_index_that_keeps_none() -> None:
    found = size(vectors="100M", dim=768, index="ivf-sq8")
    assert "84.6 GB" in found.summary and "raw vectors 286.1 GB" in found.summary
    assert "The two figures differ because IVF_SQ8 keeps no raw vectors" in found.reasons[0]
    check = found.result["server_check"]
    assert check["of_one_replica"]["raw_vectors_memory_bytes"] == 4 * 768 * 10**8
    assert check["memory_bytes"] > found.result["official"]["loading_memory_bytes"] + 250 * GIB
    assert "raw_vectors" in {row["fault"] for row in found.result["official_faults"]}


def test_mmap_puts_the_raw_vectors_on_disk() -> None:
    memory = server(vectors="100M", dim=768, index="IVF_SQ8")
    disk = server(vectors="100M", dim=768, index="IVF_SQ8", mmap_vectors=True)
    assert disk["disk_bytes"] == 4 * 768 * 10**8
    assert memory["memory_bytes"] - disk["memory_bytes"] > 280 * GIB


@pytest.mark.parametrize(
    ("index", "more", "kept"),
    [
        ("FLAT", {}, True),
        ("HNSW", {}, True),
        ("IVF_FLAT", {}, True),
        ("IVF_PQ", {"refine_type": "FP32"}, False),
        ("IVF_RABITQ", {"refine_type": "FP32"}, False),
        ("SCANN", {}, True),
        ("SCANN", {"with_raw_data": False}, False),
        ("HNSW_SQ", {}, False),
        ("HNSW_SQ", {"refine_type": "sq32"}, True),
        ("HNSW_SQ", {"data_type": "fp16", "sq_type": "FP16"}, True),
        ("HNSW_SQ", {"data_type": "fp16", "sq_type": "SQ8"}, False),
        ("HNSW_PQ", {"refine_type": "FP32"}, True),
        ("HNSW_PRQ", {"refine_type": "FP16"}, False),
        ("DISKANN", {}, True),
        ("DISKANN", {"metric": "L2"}, True),
        ("DISKANN", {"metric": "dot product"}, False),
        ("AISAQ", {"metric": "IP"}, False),
        ("BIN_IVF_FLAT", {}, True),
    ],
)
def test_which_indexes_keep_the_raw_vectors(index: str, more: dict[str, Any], kept: bool) -> None:
    found = size(vectors="1M", dim=128, index=index, **more)
    assert found.result["keeps_raw_vectors"] is kept
    raw = found.result["server_check"]["of_one_replica"]["raw_vectors_memory_bytes"]
    assert raw == (0 if kept else found.result["raw_vectors_bytes"])


def test_full_text_loads_no_raw_vectors_beside_its_index() -> None:
    assert parts(vectors="1M", index="SPARSE_WAND", metric="BM25")["raw_vectors_memory_bytes"] == 0


@pytest.mark.parametrize(
    ("index", "more", "memory", "disk"),
    [
        ("FLAT", {}, 512_000_000, 0),
        ("HNSW", {"m": 16}, 512_000_000 + 1_000_000 * (128 + 64 / 15 + 12), 0),
        ("IVF_SQ8", {}, 1_000_000 * 136 + 128 * 512, 0),
        ("IVF_PQ", {"m": 8}, 1_000_000 * 16 + 128 * 512 + 256 * 512, 0),
        ("IVF_RABITQ", {}, 1_000_000 * (16 + 8 + 8) + 128 * 512, 0),
        ("IVF_RABITQ", {"refine_type": "SQ8"}, 1_000_000 * (16 + 8 + 8 + 128) + 128 * 512, 0),
        ("HNSW_SQ", {"m": 16, "sq_type": "SQ6"}, 1_000_000 * (96 + 128 + 64 / 15 + 12), 0),
        ("HNSW_PQ", {"index_params": {"M": 16, "m": 8}}, 1_000_000 * (8 + 140 + 64 / 15) + 256 * 512, 0),
        ("DISKANN", {"max_degree": 64}, 192_000_000, 768_000_000),
        ("AISAQ", {"max_degree": 32, "inline_pq": 4}, 896_000_000 / 1024, 896_000_000),
        ("AUTOINDEX", {}, 1_000_000 * (512 + 144 + 72 / 17 + 12), 0),
        ("BIN_FLAT", {}, 16_000_000, 0),
        ("SPARSE_INVERTED_INDEX", {"non_zeros": 100}, 800_000_000, 0),
        ("FLAT", {"data_type": "bf16"}, 256_000_000, 0),
        ("HNSW", {"m": 16, "data_type": "INT8_VECTOR"}, 1_000_000 * (128 + 128 + 64 / 15 + 12), 0),
    ],
)
def test_our_size_of_a_million_vectors_of_128(
    index: str, more: dict[str, Any], memory: float, disk: float
) -> None:
    found = parts(vectors="1M", dim=128, index=index, **more)
    assert found["index_memory_bytes"] == pytest.approx(memory, abs=1)
    assert found["index_disk_bytes"] == disk


def test_gpu_indexes_take_gpu_memory() -> None:
    found = server(vectors="1M", dim=128, index="cagra")
    assert found["gpu_bytes"] == 1.8 * 512_000_000
    assert found["of_one_replica"]["index_memory_bytes"] == 0


@pytest.mark.parametrize(
    ("more", "memory", "disk"),
    [
        ({}, 0, 0),
        ({"scalar_bytes": 100}, 200_000_000, 0),
        ({"scalar_bytes": 100, "string_bytes": 0}, 100_000_000, 0),
        ({"scalar_bytes": 100, "string_bytes": 60}, 160_000_000, 0),
        ({"scalar_bytes": 100, "offload_scalar": True}, 0, 100_000_000),
    ],
)
def test_text_counts_twice_and_offloaded_fields_lie_on_disk(
    more: dict[str, Any], memory: int, disk: int
) -> None:
    found = parts(vectors="1M", dim=128, index="FLAT", **more)
    assert (found["scalars_memory_bytes"], found["scalars_disk_bytes"]) == (memory, disk)


def test_replicas_multiply_the_memory_and_the_query_nodes() -> None:
    one = server(vectors="50M", dim=768, index="HNSW")
    three = server(vectors="50M", dim=768, index="HNSW", replicas=3)
    assert three["memory_bytes"] == pytest.approx(3 * one["memory_bytes"], abs=3)
    assert three["milvus"]["query_node"]["count"] == 3 * one["milvus"]["query_node"]["count"]
    assert server(vectors="1M", dim=128, index="HNSW", replicas=2)["mode"] == "distributed"


def test_ten_million_of_768_is_still_standalone_and_one_more_is_not() -> None:
    assert server(vectors="10M", dim=768, index="FLAT")["mode"] == "standalone"
    assert server(vectors=10_000_001, dim=768, index="flat")["mode"] == "distributed"
    assert server(vectors="50M", dim=768, index="disk ann")["mode"] == "standalone"


def test_a_load_just_under_a_node_gets_the_next_larger_one() -> None:
    # Officially 7.97 GiB stand on 8; the server takes no more than 7.2 of them.
    found = size(vectors=1_725_000, dim=768, index="FLAT")
    official, ours = found.result["official"], found.result["server_check"]
    assert official["milvus"]["standalone"]["memory"] == 8
    assert ours["milvus"]["standalone"]["memory"] == 16
    assert "load_limit" in {row["fault"] for row in found.result["official_faults"]}


def test_memory_that_is_named_is_compared() -> None:
    assert size(vectors="20M", dim=768, index="hnsw", memory_bytes="64GB").result["fits"] is False
    found = size(vectors="1M", dim=768, index="hnsw", memory_bytes="64GB")
    assert found.result["fits"] is True and "fits, with" in found.summary


def test_without_an_index_the_usual_ones_are_compared() -> None:
    found = size(vectors="50M", dim=768, memory_bytes="64GB")
    rows = {row["index"]: row for row in found.result["comparison"]}
    assert list(rows) == ["FLAT", "HNSW", "IVF_FLAT", "IVF_SQ8", "IVF_RABITQ", "DISKANN"]
    assert rows["DISKANN"]["fits"] and not rows["HNSW"]["fits"]
    assert rows["IVF_SQ8"]["mapped_memory_bytes"] < rows["IVF_SQ8"]["server_memory_bytes"] / 2
    assert all(f"- {index}: " in found.summary for index in rows)
    kinds = {"binary": "BIN_FLAT", "sparse": "SPARSE_INVERTED_INDEX", "int8": "HNSW"}
    for kind, first in kinds.items():
        assert size(vectors=10, dim=64, data_type=kind).result["comparison"][0]["index"] == first


@pytest.mark.parametrize("data_type", ["binary", "sparse"])
def test_a_comparison_speaks_of_the_indexes_that_it_compares(data_type: str) -> None:
    found = size(vectors="1M", dim=768, data_type=data_type)
    said = "\n".join((found.summary, *found.reasons))
    assert not [name for name in ("IVF_SQ8", "IVF_RABITQ", "DISKANN", "HNSW") if name in said]


def test_a_disk_is_an_nvme_for_indexes_that_search_on_it() -> None:
    assert "NVMe" in size(vectors="1M", dim=768, index="DISKANN").summary
    assert "NVMe" not in size(vectors="1M", dim=768, index="IVF_SQ8", mmap_vectors=True).summary


@pytest.mark.parametrize("index", ["IVF_PQ", "HNSW_SQ", "GPU_CAGRA", "AUTOINDEX", "BIN_FLAT"])
def test_what_the_official_tool_lacks_is_labelled_ours(index: str) -> None:
    found = size(vectors="1M", dim=128, index=index)
    assert found.result["official"] is None
    assert "official figure: none" in found.summary
    assert found.result["official_faults"] == []


def test_30_is_sized_by_the_calculator_of_26_and_says_so() -> None:
    new = size(vectors="1M", dim=768, index="HNSW", milvus="v3.0.1")
    assert any("no official calculator for 3.0" in reason for reason in new.reasons)
    assert (
        new.result["official"] == size(vectors="1M", dim=768, index="HNSW", milvus="2.6").result["official"]
    )


def test_what_an_old_version_lacks_is_said() -> None:
    found = size(vectors="1M", dim=768, index="rabitq", milvus="2.4")
    assert found.result["official"] is None
    assert any("IVF_RABITQ came with Milvus 2.6" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("vectors", "mode", "said"),
    [("100k", "auto", True), ("10M", "auto", False), ("10M", "distributed", False)],
)
def test_a_standalone_below_the_documented_cores_is_called_one_to_try_out(
    vectors: str, mode: str, said: bool
) -> None:
    found = size(vectors=vectors, dim=384, index="HNSW", mode=mode)

    assert any("begin at 4 cores" in reason for reason in found.reasons) is said


@pytest.mark.parametrize("index", ["HNSW", "IVF_SQ8", "DISKANN", None])
def test_several_vector_fields_are_added_up_and_keys_count_once(index: str | None) -> None:
    case = {"vectors": "10M", "index": index, "scalar_bytes": 100}
    both = size(dim=768, other_dims=[1024], **case).result
    alone = [size(dim=dim, **case).result for dim in (768, 1024)]

    assert both["raw_vectors_bytes"] == sum(one["raw_vectors_bytes"] for one in alone)
    assert both["official"] is None
    if index:
        parts = [one["server_check"]["of_one_replica"] for one in (both, *alone)]
        for name in ("index_memory_bytes", "index_disk_bytes", "raw_vectors_memory_bytes"):
            assert parts[0][name] == pytest.approx(parts[1][name] + parts[2][name], abs=2)
        for name in ("scalars_memory_bytes", "system_memory_bytes"):
            assert parts[0][name] == parts[1][name]


def test_a_sparse_field_lies_beside_the_dense_ones() -> None:
    case = {"vectors": "1M", "dim": 768, "index": "HNSW", "non_zeros": 100}

    more = (
        size(sparse_field=True, **case).result["raw_vectors_bytes"] - size(**case).result["raw_vectors_bytes"]
    )

    assert more == 1_000_000 * 100 * 8


def test_over_a_limit_the_limit_and_a_way_are_named() -> None:
    found = size(vectors="2B", dim=768, index="HNSW")
    assert found.result["official"]["out_of_range"] is True
    assert any("2.79 TB" in reason and "load test" in reason for reason in found.reasons)
    forced = size(vectors="150M", dim=768, index="HNSW", mode="standalone")
    assert any("refuses Standalone above 286.1 GB" in reason for reason in forced.reasons)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({}, "needs vectors, dim"),
        ({"vectors": 1}, "needs dim"),
        ({"vectors": "many", "dim": 768}, "no number"),
        ({"vectors": 0, "dim": 768}, "vectors is 0"),
        ({"vectors": 1e30, "dim": 768}, "vectors is"),
        ({"vectors": -5, "dim": 768}, "vectors is -5"),
        ({"vectors": 1, "dim": 1}, "dim is 1"),
        ({"vectors": 1, "dim": 1.5}, "no whole number"),
        ({"vectors": float("nan"), "dim": 8}, "no whole number"),
        ({"vectors": 1, "dim": 8, "index": "BTREE"}, "index is 'BTREE'"),
        ({"vectors": 1, "dim": 8, "milvus": "1.1"}, "milvus is '1.1'"),
        ({"vectors": 1, "dim": 8, "index": "HNSW", "colour": 1}, "knows no argument colour"),
        ({"vectors": 1, "dim": 8, "index": "HNSW", "index_params": 5}, "knows no argument index_params"),
        ({"vectors": 1, "dim": 8, "offload_scalar": "maybe"}, "offload_scalar is 'maybe'"),
        ({"vectors": 1, "dim": 40000}, "float32 vectors may have 32,768"),
        ({"vectors": 1, "dim": 12, "data_type": "binary"}, "multiple of 8"),
        ({"vectors": 1, "dim": 8, "index": "BIN_FLAT", "data_type": "float16"}, "takes binary vectors"),
        ({"vectors": 1, "dim": 8, "index": "DISKANN", "data_type": "int8"}, "not int8"),
        ({"vectors": 1, "dim": 100, "index": "IVF_PQ", "pq_m": 30}, "does not divide the dimension 100"),
        ({"vectors": 1, "dim": 8, "index": "FLAT", "string_bytes": 5}, "more than scalar_bytes"),
        ({"vectors": 1, "dim": 8, "replicas": 2, "mode": "standalone"}, "holds one replica"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], part: str) -> None:
    with pytest.raises(ToolInputError, match=part) as error:
        find_tool("size").call(arguments)
    assert error.value.hint


def test_the_schema_follows_the_arguments() -> None:
    schema = tools()["size"].schema
    assert schema["required"] == ["vectors", "dim"]
    assert schema["properties"]["index"]["enum"][0] == "FLAT"
    assert json.loads(json.dumps(schema)) == schema


def test_an_unknown_tool_is_named() -> None:
    with pytest.raises(ToolInputError, match="no tool 'sizes'"):
        find_tool("sizes")


@pytest.mark.parametrize(
    ("parameters", "refined"),
    [
        ({"refine": True}, 6 / 8),
        ({"refine": False, "refine_type": "SQ8"}, 0),
        ({"refine_type": "SQ8", "refine": True}, 1),
        ({"refine_type": None, "refine": None}, 0),
    ],
)
def test_the_flag_of_the_server_for_refinement_is_understood(
    parameters: dict[str, Any], refined: float
) -> None:
    plain = parts(vectors="1M", dim=128, index="IVF_RABITQ")["index_memory_bytes"]
    found = parts(vectors="1M", dim=128, index="IVF_RABITQ", index_params=parameters)
    assert found["index_memory_bytes"] - plain == 1_000_000 * 128 * refined


def test_a_fraction_of_a_vector_is_no_count() -> None:
    with pytest.raises(ToolInputError, match=r"dim is '7.5', which is no whole number"):
        size(vectors="10M", dim="7.5")
    assert size(vectors="1.5M", dim="768.0").result


def test_the_unit_and_the_bound_are_said() -> None:
    said = " ".join(size(vectors="10M", dim=768, index="HNSW").reasons)
    assert "1,024^3 bytes" in said and "advises it up to 28.6 GB" in said


def test_the_codes_beside_a_vector_are_told_apart_from_what_index_prints() -> None:
    said = " ".join(size(vectors="100M", dim=768, index="AISAQ").reasons)
    least = size(vectors="100M", dim=768, index="AISAQ", inline_pq=0)
    assert "inline_pq 56" in said and show_bytes(least.result["server_check"]["disk_bytes"]) in said
    assert "inline_pq" not in " ".join(least.reasons)
