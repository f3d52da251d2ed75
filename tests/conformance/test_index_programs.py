"""The programs that the index tool writes, run: on Milvus Lite where it has the index, on a real server."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from threadlore.tools.registry import find_tool

pymilvus = pytest.importorskip("pymilvus")

DIM = 16
ROWS = 1100
"""More than the 1,024 rows below which a server builds no index."""

FIELDS = ["tenant:VARCHAR:tenant", "price:DOUBLE:range", "colour:VARCHAR:prefix"]
SERVER_INDEXES = (
    ("IVF_FLAT", "float32"),
    ("IVF_SQ8", "float32"),
    ("IVF_PQ", "float32"),
    ("SCANN", "float32"),
    ("HNSW", "float32"),
    ("DISKANN", "float32"),
    ("AUTOINDEX", "float32"),
    ("BIN_FLAT", "binary"),
    ("BIN_IVF_FLAT", "binary"),
    ("FLAT", "float32"),
)


def program(arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the names of a program that the tool writes, after running it."""
    monkeypatch.setenv("MILVUS_COLLECTION", "snippet")
    found = find_tool("index").call({"vectors": 5000, "filter_fields": FIELDS, **arguments})
    names: dict[str, Any] = {"__name__": "snippet"}
    exec(compile(found.documents["code"], "snippet", "exec"), names)
    return names


def rows(kind: str, dim: int = DIM, count: int = ROWS) -> list[dict[str, Any]]:
    chance = random.Random(7)

    def vector() -> object:
        if kind == "binary":
            return chance.randbytes(dim // 8)
        if kind == "sparse":
            return {place: chance.random() + 0.1 for place in chance.sample(range(500), 8)}
        return [chance.uniform(-1, 1) for _ in range(dim)]

    return [
        {"id": n, "vector": vector(), "tenant": f"t{n % 3}", "price": n / 2, "colour": f"c{n % 7}"}
        for n in range(count)
    ]


@pytest.fixture
def lite(tmp_path: Path) -> Any:
    server_manager = pytest.importorskip("milvus_lite.server_manager")
    path = str(tmp_path / "lite.db")
    yield pymilvus.MilvusClient(uri=path)
    server_manager.server_manager_instance.release_server(path)


@pytest.mark.parametrize(
    ("index", "kind"),
    [
        ("FLAT", "float32"),
        ("HNSW", "float32"),
        ("HNSW_SQ", "float32"),
        ("IVF_FLAT", "float32"),
        ("IVF_SQ8", "float32"),
        ("AUTOINDEX", "float32"),
        ("SPARSE_INVERTED_INDEX", "sparse"),
    ],
)
def test_programs_run_on_milvus_lite(
    index: str, kind: str, lite: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = program({"dim": DIM, "index": index, "data_type": kind, "deployment": "lite"}, monkeypatch)
    names["create"](lite)
    data = rows(kind, count=200)
    lite.insert("snippet", data)
    assert lite.describe_index("snippet", "vector")["index_type"] == index
    hits = names["search"](lite, [data[7]["vector"]], limit=3, filter="price < 50")
    assert next(iter(hits[0]))["id"] == 7 or kind == "sparse"
    assert 7 in [hit["id"] for hit in hits[0]]


def test_a_program_for_full_text_runs_on_milvus_lite(lite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names = program({"metric": "BM25", "deployment": "lite", "filter_fields": []}, monkeypatch)
    names["create"](lite)
    lite.insert("snippet", [{"id": n, "text": f"word{n} and more"} for n in range(50)])
    hits = names["search"](lite, ["word9"], limit=3)
    assert next(iter(hits[0]))["id"] == 9


def built(client: Any) -> bool:
    """Tell whether the server finished the index; asking it to load again takes it a while."""
    for _ in range(200):
        state = client.describe_index("snippet", "vector")
        if state["total_rows"] >= ROWS and state["indexed_rows"] == state["total_rows"]:
            return bool(state["state"] == "Finished")
        client.refresh_load("snippet")
    return False


@pytest.mark.parametrize(("index", "kind"), SERVER_INDEXES)
def test_programs_run_on_a_real_server(
    index: str, kind: str, real_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dim = 64 if kind == "binary" else DIM
    names = program({"dim": dim, "index": index, "data_type": kind, "milvus_version": "2.3.5"}, monkeypatch)
    client = pymilvus.MilvusClient(uri=real_server)
    try:
        names["create"](client)
        data = rows(kind, dim)
        client.insert("snippet", data)
        client.flush("snippet")
        assert built(client)
        hits = names["search"](client, [data[7]["vector"]], limit=3, filter="price < 500")
        assert 7 in [hit["id"] for hit in hits[0]]
    finally:
        client.drop_collection("snippet")
        client.close()
