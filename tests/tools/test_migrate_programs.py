"""The programs of a plan run: collection, load and export on Milvus Lite, FAISS into it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from threadlore.tools.registry import find_tool


def run(text: str, folder: Path, **environment: str) -> str:
    program = folder / "program.py"
    program.write_text(text, encoding="utf-8")
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), **environment}
    done = subprocess.run(
        [sys.executable, program.name], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def documents(**arguments: Any) -> Mapping[str, str]:
    return find_tool("migrate").call({name.rstrip("_"): one for name, one in arguments.items()}).documents


FIELDS = (
    "id:int64 pk, title:keyword, score:float, tags:keyword[], vec:dense_vector(4,cosine), s:sparse_vector"
)
ROWS = [
    {
        "id": at,
        "title": f"ünï {at}",
        "score": at / 8,
        "tags": ["a", "b"],
        "vec": [1.0, at, 0.0, 2.0],
        "s": {"3": 0.5, "7": 1.0},
        "more": {"deep": [at]},
    }
    for at in range(1, 1203)
]


def test_rows_are_loaded_and_come_out_the_same(tmp_path: Path) -> None:
    moving = documents(from_="qdrant", to="lite", fields=FIELDS, collection="items")
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    uri = {"TARGET_URI": str(tmp_path / "copy.db"), "SOURCE_URI": str(tmp_path / "copy.db")}
    assert "items" in run(moving["collection"], tmp_path, **uri)
    for _ in range(2):
        assert "1202 rows written, 1202 counted" in run(moving["load"], tmp_path, **uri)
    (tmp_path / "rows.jsonl").unlink()
    out = run(documents(from_="lite", to="standalone", collection="items")["export"], tmp_path, **uri)
    assert "1202 rows written, 1202 counted" in out
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text("utf-8").splitlines()]
    assert sorted(rows, key=lambda row: int(row["id"])) == ROWS


def test_vectors_of_a_faiss_file_are_moved_with_their_ids(tmp_path: Path) -> None:
    faiss, numpy = pytest.importorskip("faiss"), pytest.importorskip("numpy")
    vectors = numpy.random.default_rng(7).random((300, 8), dtype="float32")
    index = faiss.index_factory(8, "IDMap,IVF4,Flat", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add_with_ids(vectors, numpy.arange(1000, 1300))
    faiss.write_index(index, str(tmp_path / "index.faiss"))
    moving = documents(from_="faiss", to="lite", collection="faces")
    out = run(moving["faiss"], tmp_path, TARGET_URI=str(tmp_path / "faces.db"))
    assert "dimension 8, metric IP" in out and "300 vectors read, 300 rows counted" in out
    exporting = documents(from_="lite", to="standalone", collection="faces")["export"]
    run(exporting, tmp_path, SOURCE_URI=str(tmp_path / "faces.db"))
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text("utf-8").splitlines()]
    found = {row["id"]: row["vector"] for row in rows}
    assert set(found) == set(range(1000, 1300))
    assert found[1007] == pytest.approx(vectors[7].tolist(), abs=1e-6)


@pytest.mark.parametrize(
    ("source", "key", "vector"),
    [
        ("pinecone", '"id", DataType.VARCHAR', "vector"),
        ("qdrant", '"id", DataType.INT64', "vector"),
        ("chroma", '"id", DataType.VARCHAR', "embedding"),
        ("elasticsearch", '"_id", DataType.VARCHAR, is_primary=True, max_length=512', "vector"),
    ],
)
def test_without_fields_a_collection_keeps_the_ids_of_its_source(source: str, key: str, vector: str) -> None:
    program = documents(from_=source)["collection"]
    assert key in program and "auto_id=False" in program
    assert f'schema.add_field("{vector}", DataType.FLOAT_VECTOR' in program
    assert f'indexes.add_index("{vector}"' in program
