"""verify-migration without a server: what counts as the same, and sides that are not there."""

from __future__ import annotations

import math
import socket
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.base import ToolInputError, ToolResult
from threadlore.tools.registry import find_tool
from threadlore.tools.verification.keys import duplicated
from threadlore.tools.verification.schemas import compare_schemas, read_collection
from threadlore.tools.verification.values import compare
from threadlore.tools.verify_migration_endpoint import masked


def verify(source: str, target: str, **more: Any) -> ToolResult:
    return find_tool("verify-migration").call(
        {"source": source, "target": target, "collection": "items"} | more
    )


@pytest.mark.parametrize(
    ("first", "second", "kind", "other", "outcome"),
    [
        (1, 1, "INT64", "INT64", "same"),
        (1, 2, "INT64", "INT64", "different"),
        (2**53 + 1, 2**53, "INT64", "INT64", "different"),
        (True, 1, "BOOL", "INT8", "different"),
        (0.1, 0.10000000149, "FLOAT", "FLOAT", "same"),
        (0.1, 0.101, "FLOAT", "FLOAT", "different"),
        (0.1, 0.10000000149, "DOUBLE", "DOUBLE", "different"),
        ("a", "a", "VARCHAR", "VARCHAR", "same"),
        ("a", "á", "VARCHAR", "VARCHAR", "different"),
        (None, None, "VARCHAR", "VARCHAR", "same"),
        (None, "", "VARCHAR", "VARCHAR", "different"),
        ({"b": [1, 2.5], "a": None}, {"a": None, "b": [1, 2.5]}, "JSON", "JSON", "same"),
        ({"a": 1}, {"a": 1, "b": None}, "JSON", "JSON", "different"),
        ([1, 2], [2, 1], "ARRAY", "ARRAY", "different"),
        ([1.0, 2.0], [1.0, 2.0000001], "FLOAT_VECTOR", "FLOAT_VECTOR", "same"),
        ([1.0, 2.0], [1.0, 2.1], "FLOAT_VECTOR", "FLOAT_VECTOR", "different"),
        ([3.0, 4.0], [0.6, 0.8], "FLOAT_VECTOR", "FLOAT_VECTOR", "rescaled"),
        ([0.0, 0.0], [0.6, 0.8], "FLOAT_VECTOR", "FLOAT_VECTOR", "different"),
        ([1.0], [1.0, 0.0], "FLOAT_VECTOR", "FLOAT_VECTOR", "different"),
        ([math.nan, 1.0], [math.nan, 1.0], "FLOAT_VECTOR", "FLOAT_VECTOR", "same"),
        ([math.nan, 1.0], [0.0, 1.0], "FLOAT_VECTOR", "FLOAT_VECTOR", "different"),
        ([math.inf, 1.0], [1e38, 1.0], "FLOAT_VECTOR", "FLOAT_VECTOR", "different"),
        ([0.1, 0.2], struct.pack("<2e", 0.1, 0.2), "FLOAT_VECTOR", "FLOAT16_VECTOR", "same"),
        ([1.0, 2.0], b"\x80\x3f\x00\x40", "FLOAT_VECTOR", "BFLOAT16_VECTOR", "same"),
        ([b"\x0f"], b"\x0f", "BINARY_VECTOR", "BINARY_VECTOR", "same"),
        ([b"\x0f"], b"\x0e", "BINARY_VECTOR", "BINARY_VECTOR", "different"),
        ({3: 0.5}, {3: 0.5}, "SPARSE_FLOAT_VECTOR", "SPARSE_FLOAT_VECTOR", "same"),
        ({3: 0.5}, {4: 0.5}, "SPARSE_FLOAT_VECTOR", "SPARSE_FLOAT_VECTOR", "different"),
    ],
)
def test_values_compare_by_their_type(first: Any, second: Any, kind: str, other: str, outcome: str) -> None:
    assert compare(first, second, kind, other) == outcome


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=8), st.integers(0, 7), st.floats(0.01, 1)
)
def test_a_changed_vector_is_never_the_same(vector: list[float], at: int, by: float) -> None:
    place = at % len(vector)
    changed = [one + (by * max(1.0, abs(one)) if index == place else 0) for index, one in enumerate(vector)]
    assert compare(vector, list(vector), "FLOAT_VECTOR", "FLOAT_VECTOR") == "same"
    assert compare(vector, changed, "FLOAT_VECTOR", "FLOAT_VECTOR") != "same"


@given(
    st.lists(st.tuples(st.integers(-100, 100), st.integers(1, 3)), max_size=30, unique_by=lambda one: one[0])
)
def test_keys_that_stand_twice_are_found_by_counting_ranges(rows: list[tuple[int, int]]) -> None:
    counts = dict(rows)

    def count(condition: str) -> int:
        low, high = (int(part.split()[-1]) for part in condition.split(" and "))
        return sum(number for key, number in counts.items() if low <= key <= high)

    keys = sorted(counts)
    found = duplicated("id", keys, sum(counts.values()), count, most=100)
    assert sorted(found) == [key for key in keys if counts[key] > 1]


def _described(**vector: Any) -> dict[str, Any]:
    key = {"name": "id", "type": "INT64", "params": {}, "is_primary": True}
    return {"fields": [key, {"name": "v", "type": "FLOAT_VECTOR", "params": {"dim": 4}} | vector]}


@pytest.mark.parametrize(
    ("target", "index", "said"),
    [
        (_described(params={"dim": 8}), {"v": {"metric_type": "L2"}}, "dimension 4 in the source, 8"),
        (_described(name="w"), {}, "field v (FLOAT_VECTOR) is not in the target"),
        (_described(type="BINARY_VECTOR"), {"v": {"metric_type": "L2"}}, "BINARY_VECTOR in the target"),
        (_described(), {"v": {"metric_type": "IP"}}, "metric L2 in the source, IP"),
        (_described(), {}, "no index in the target"),
    ],
)
def test_schemas_that_differ(target: dict[str, Any], index: dict[str, Any], said: str) -> None:
    source = read_collection(_described(), {"v": {"metric_type": "L2", "index_type": "HNSW"}})
    found = compare_schemas(source, read_collection(target, index))
    assert any(said in one for one in found.differences)


def test_another_index_is_worth_a_note_alone() -> None:
    one = read_collection(_described(), {"v": {"metric_type": "L2", "index_type": "HNSW"}})
    other = read_collection(_described(), {"v": {"metric_type": "L2", "index_type": "AUTOINDEX"}})
    found = compare_schemas(one, other)
    assert found.differences == () and "AUTOINDEX" in found.notes[0]


def test_passwords_are_masked() -> None:
    assert masked("http://root:s3cret@host:19530/db") == "http://***@host:19530/db"
    with pytest.raises(ToolInputError) as error:
        verify("http://root:s3cret@127.0.0.1:1", "http://127.0.0.1:2")
    assert "s3cret" not in f"{error.value.message}{error.value.hint}" and "token-env" in error.value.hint


def test_a_token_comes_from_the_environment_and_is_not_repeated() -> None:
    with pytest.raises(ToolInputError, match="NO_SUCH_TOKEN is not set"):
        verify("http://127.0.0.1:1", "http://127.0.0.1:2", source_token_env="NO_SUCH_TOKEN")
    with pytest.raises(ToolInputError) as error:
        verify("http://127.0.0.1:1", "http://127.0.0.1:2", source_token_env="root:s3cret")
    assert "s3cret" not in f"{error.value.message}{error.value.hint}"


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_side_that_cannot_be_reached_is_named_and_ends_with_3() -> None:
    found = verify(f"http://127.0.0.1:{_closed_port()}", f"http://127.0.0.1:{_closed_port()}")
    assert found.exit_code == 3 and found.result["same"] is None
    assert "source http://127.0.0.1" in found.summary and "address and port" in found.reasons[0]


def test_a_path_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ToolInputError, match="no Milvus Lite directory"):
        verify(str(tmp_path / "nothing.db"), str(tmp_path / "nothing2.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_an_old_lite_is_named(tmp_path: Path) -> None:
    (tmp_path / "old.db").write_bytes(b"SQLite format 3\x00")
    with pytest.raises(ToolInputError, match=r"Lite 2\.x"):
        verify(str(tmp_path / "old.db"), str(tmp_path / "new.db"))


@pytest.mark.parametrize(
    "arguments",
    [
        {"source": "ftp//nowhere", "target": "http://127.0.0.1:1", "collection": "c"},
        {"source": "", "target": "", "collection": ""},
        {"source": "http://h:1", "target": "http://h:1/", "collection": "c"},
        {"source": "http://h:1", "target": "http://h:2", "collection": "c", "sample": 0},
        {"source": "http://h:1", "target": "http://h:2", "collection": "c", "sample": "1e30"},
        {"source": "http://h:1", "target": "http://h:2", "collection": "c", "k": -1},
        {"source": "http://h:1", "target": "http://h:2", "collection": "c", "least_overlap": "NaN"},
        {"source": "http://h:1", "target": "http://h:2"},
    ],
    ids=str,
)
def test_bad_input_is_an_error_with_a_way_out(arguments: dict[str, Any]) -> None:
    with pytest.raises(ToolInputError) as error:
        find_tool("verify-migration").call(arguments)
    assert error.value.hint


def test_no_question_calls_it() -> None:
    assert not find_tool("verify-migration").pure
