"""verify-migration between a real server and Milvus Lite: a copy passes, every planted fault is found."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from threadlore.cli import build_app
from threadlore.tools.base import ToolInputError, ToolResult
from threadlore.tools.registry import find_tool
from threadlore.tools.verification.values import plain
from threadlore.tools.verify_migration_endpoint import CALM

DIM = 16
COUNT = 260
Rows = list[dict[str, Any]]


def rows_of(count: int = COUNT, key: Callable[[int], Any] = lambda at: at) -> Rows:
    draw = random.Random(5)
    return [
        {
            "id": key(at),
            "title": f'title "{at}" ü',
            "score": at / 7,
            "tags": ["a", f"t{at}"],
            "info": {"page": at, "deep": {"x": [1, 2.5]}},
            "vec": [draw.gauss(0, 1) for _ in range(DIM)],
            "color": f"c{at % 5}",
        }
        for at in range(count)
    ]


def fill(
    uri: str, name: str, rows: Rows, *, metric: str = "COSINE", text_key: bool = False, title: int = 200
) -> None:
    """Make a collection of `rows` at `uri`; the first half is flushed before the second is written."""
    from pymilvus import DataType, MilvusClient

    client = MilvusClient(uri, grpc_options=CALM)
    schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
    if text_key:
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=64)
    else:
        schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("title", DataType.VARCHAR, max_length=title)
    schema.add_field("score", DataType.FLOAT)
    schema.add_field("tags", DataType.ARRAY, element_type=DataType.VARCHAR, max_length=32, max_capacity=8)
    schema.add_field("info", DataType.JSON)
    schema.add_field("vec", DataType.FLOAT_VECTOR, dim=DIM)
    index = client.prepare_index_params()
    index.add_index("vec", index_type="HNSW", metric_type=metric, params={"M": 16, "efConstruction": 100})
    client.create_collection(name, schema=schema, index_params=index, consistency_level="Strong")
    half = len(rows) // 2
    client.insert(name, rows[:half])
    client.flush(name)
    client.insert(name, rows[half:])
    client.flush(name)
    client.load_collection(name)
    client.close()


def verify(source: str, target: str, **more: Any) -> ToolResult:
    given = {"source": source, "target": target, "collection": "items", "queries": 20}
    return find_tool("verify-migration").call(given | more)


@pytest.fixture(scope="module")
def source(real_server: str) -> Iterator[str]:
    from pymilvus import MilvusClient

    fill(real_server, "items", rows_of())
    yield real_server
    client = MilvusClient(real_server)
    client.drop_collection("items")
    client.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[str]:
    from milvus_lite.server_manager import server_manager_instance

    path = str(tmp_path / "target.db")
    yield path
    server_manager_instance.release_server(path)


def test_a_faithful_copy_passes(source: str, lite: str) -> None:
    fill(lite, "items", rows_of())
    found = verify(source, lite)
    assert found.result["problems"] == []
    assert (found.exit_code, found.result["same"]) == (0, True)
    assert found.result["counts"] == {"source": COUNT, "target": COUNT}
    assert found.result["sample"]["rows"] == COUNT and found.result["keys"]["compared_all"]
    assert found.result["search"][0]["overlap_share"] > 0.99


def test_the_other_way_round_passes_too(source: str, lite: str) -> None:
    fill(lite, "items", rows_of())
    assert verify(lite, source).result["problems"] == []


def test_a_copy_on_the_server_of_lite_passes(source: str, lite_server: str) -> None:
    fill(lite_server, "copied", rows_of())
    found = verify(source, lite_server, target_collection="copied")
    assert found.result["problems"] == []


def _lose(rows: Rows) -> Rows:
    return [row for row in rows if row["id"] not in (17, 203)]


def _add(rows: Rows) -> Rows:
    return [*rows, rows[0] | {"id": 9001}]


def _vector(rows: Rows) -> Rows:
    rows[42]["vec"][3] += 0.01
    return rows


def _scalar(rows: Rows) -> Rows:
    rows[99]["title"] = "another"
    return rows


def _float(rows: Rows) -> Rows:
    rows[7]["score"] += 0.001
    return rows


def _json(rows: Rows) -> Rows:
    rows[8]["info"]["deep"]["x"][1] = 2.4
    return rows


def _array(rows: Rows) -> Rows:
    rows[9]["tags"] = ["a"]
    return rows


def _dynamic(rows: Rows) -> Rows:
    del rows[10]["color"]
    return rows


def _normalised(rows: Rows) -> Rows:
    for row in rows:
        length = sum(one * one for one in row["vec"]) ** 0.5
        row["vec"] = [one / length for one in row["vec"]]
    return rows


@pytest.mark.parametrize(
    ("plant", "said", "key"),
    [
        (_lose, "Missing: 2 keys", 203),
        (_add, "Extra: 1 keys", 9001),
        (_vector, "Values: vec differs in 1 of", 42),
        (_scalar, "Values: title differs in 1 of", 99),
        (_float, "Values: score differs in 1 of", 7),
        (_json, "Values: info differs in 1 of", 8),
        (_array, "Values: tags differs in 1 of", 9),
        (_dynamic, "Values: color differs in 1 of", 10),
        (_normalised, "same direction", 0),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_planted_fault_is_found_and_named(
    source: str, lite: str, plant: Callable[[Rows], Rows], said: str, key: int
) -> None:
    fill(lite, "items", plant(rows_of()))
    found = verify(source, lite)
    problems = [one for one in found.result["problems"] if not one.startswith("Count:")]
    assert found.exit_code == 1 and len(problems) == 1
    assert said in problems[0] and str(key) in problems[0]


def test_duplicates_of_a_server_are_found_and_named(source: str, lite: str, real_server: str) -> None:
    rows = rows_of()
    fill(real_server, "doubled", [*rows, rows[33], rows[120]])
    found = verify(source, real_server, target_collection="doubled")
    assert found.exit_code == 1
    assert found.result["counts"] == {"source": COUNT, "target": COUNT + 2}
    assert sorted(found.result["keys"]["target_duplicated_keys"]) == [33, 120]
    assert found.result["keys"]["missing"] == found.result["keys"]["extra"] == 0
    fill(lite, "items", rows)
    back = verify(real_server, lite, collection="doubled", target_collection="items")
    assert any("Duplicates: 2 rows of the source" in one for one in back.result["problems"])


def test_a_lost_row_is_not_hidden_by_a_duplicate(source: str, real_server: str) -> None:
    rows = rows_of()
    fill(real_server, "hidden", [*rows[1:], rows[5]])
    found = verify(source, real_server, target_collection="hidden")
    assert found.result["counts"]["source"] == found.result["counts"]["target"]
    assert found.result["keys"]["missing_keys"] == [0]
    assert found.result["keys"]["target_duplicated_keys"] == [5]


def test_a_wrong_metric_is_found(source: str, lite: str) -> None:
    fill(lite, "items", rows_of(), metric="L2")
    found = verify(source, lite)
    assert "Schema: field vec has metric COSINE in the source, L2 in the target." in found.result["problems"]
    assert found.result["search"][0]["overlap_share"] < 0.95


def test_a_field_that_is_too_short_is_found(source: str, lite: str) -> None:
    fill(lite, "items", rows_of(), title=100)
    assert verify(source, lite).result["problems"] == [
        "Schema: field title has max_length 200 in the source, only 100 in the target."
    ]


def test_keys_that_became_text_are_still_compared(source: str, lite: str) -> None:
    fill(lite, "items", rows_of(key=str), text_key=True)
    found = verify(source, lite)
    assert found.result["problems"] == ["Schema: field id is INT64 in the source, VARCHAR in the target."]


def test_text_keys_with_quotes(tmp_path: Path, lite: str, lite_server: str) -> None:
    rows = rows_of(40, key=lambda at: f'k"{at}\\ü')
    fill(lite, "items", rows, text_key=True)
    fill(lite_server, "quoted", rows, text_key=True)
    assert verify(lite, lite_server, target_collection="quoted").result["problems"] == []


def test_more_keys_than_a_page_holds(lite: str, lite_server: str) -> None:
    rows = [row | {"id": f'{row["id"]:05}"'} for row in rows_of(6_000)]
    fill(lite, "items", rows, text_key=True)
    fill(lite_server, "paged", [row for row in rows if row["id"] != '05999"'], text_key=True)
    found = verify(lite, lite_server, target_collection="paged", sample=20)
    assert found.result["keys"]["missing_keys"] == ['05999"'] and found.result["keys"]["extra"] == 0


def test_the_command_ends_with_the_result(source: str, lite: str) -> None:
    fill(lite, "items", _scalar(rows_of()))
    arguments = ["tool", "verify-migration", "--source", source, "--target", lite, "--collection", "items"]
    found = CliRunner().invoke(build_app(), arguments)
    assert found.exit_code == 1 and "title differs in 1 of" in found.output
    same = CliRunner().invoke(build_app(), [*arguments, "--sample", "5", "--seed", "1", "--queries", "0"])
    assert same.exit_code == 0 and "The same" in same.output


def test_when_there_are_too_many_keys_it_says_that_it_sampled(source: str, lite: str) -> None:
    fill(lite, "items", rows_of())
    found = verify(source, lite, most_keys=100, sample=50)
    assert not found.result["keys"]["compared_all"] and found.result["keys"]["source_duplicates"] is None
    assert any("more than 100 keys" in note for note in found.reasons)
    assert found.exit_code == 0


def test_the_sample_is_the_seeds(source: str, lite: str) -> None:
    fill(lite, "items", _scalar(rows_of()))
    chosen = {seed: 99 in random.Random(seed).sample(range(COUNT), 120) for seed in range(3)}
    assert set(chosen.values()) == {True, False}
    for seed, found in chosen.items():
        assert verify(source, lite, sample=120, seed=seed, queries=0).exit_code == int(found)


def test_nothing_is_written_on_either_side(source: str, lite: str) -> None:
    from pymilvus import MilvusClient

    fill(lite, "items", rows_of())
    clients = [MilvusClient(uri) for uri in (source, lite)]

    def state() -> list[Any]:
        found: list[Any] = []
        for client in clients:
            rows = client.query(
                "items", filter="id >= 0", limit=1000, output_fields=["*"], consistency_level="Strong"
            )
            found += [sorted(client.list_collections()), str(client.describe_collection("items"))]
            found.append(sorted((plain(dict(row)) for row in rows), key=lambda row: int(row["id"])))
        return found

    before = state()
    verify(source, lite)
    assert state() == before
    for client in clients:
        client.close()


def test_a_collection_that_is_not_loaded_is_left_so(source: str, lite: str, real_server: str) -> None:
    from pymilvus import MilvusClient

    fill(real_server, "released", rows_of(10))
    client = MilvusClient(real_server)
    client.release_collection("released")
    with pytest.raises(ToolInputError, match="not loaded"):
        verify(source, real_server, target_collection="released")
    assert str(client.get_load_state("released")["state"]) == "NotLoad"
    client.close()
