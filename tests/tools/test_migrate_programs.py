"""The programs of a plan run: collection, load and export on Milvus Lite, FAISS into it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

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


FILE_ROWS = [
    {"id": at, "title": f"ünï, {at}", "score": at / 8, "vec": [1.0, at, 0.0, 2.0]} for at in range(1, 703)
]
FILE_FIELDS = "id:int64 pk, title:varchar, score:float, vec:float_vector(4,cosine)"


def write_file(kind: str, folder: Path) -> str:
    """Write `FILE_ROWS` as a file of a kind, and return what the program is told to read."""
    if kind == "csv":
        with (folder / "data.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(FILE_ROWS[0]))
            table.writeheader()
            table.writerows({**row, "vec": json.dumps(row["vec"])} for row in FILE_ROWS)
    elif kind == "json":
        (folder / "data.json").write_text(json.dumps({"rows": FILE_ROWS}), encoding="utf-8")
    elif kind == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet")
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(FILE_ROWS), folder / "data.parquet")
    else:
        numpy = pytest.importorskip("numpy")
        for name in FILE_ROWS[0]:
            numpy.save(folder / f"{name}.npy", numpy.array([row[name] for row in FILE_ROWS]))
    return "." if kind == "numpy" else f"data.{kind}"


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "numpy"])
def test_rows_of_files_of_every_kind_are_loaded_once(kind: str, tmp_path: Path) -> None:
    moving = documents(from_=f"{kind} files", to="lite", fields=FILE_FIELDS, collection="items")
    uri = {"TARGET_URI": str(tmp_path / "copy.db"), "SOURCE_URI": str(tmp_path / "copy.db")}
    run(moving["collection"], tmp_path, **uri)
    place = {"DATA_FOLDER" if kind == "numpy" else "DATA_FILE": write_file(kind, tmp_path)}
    for _ in range(2):
        assert "702 rows written, 702 counted" in run(moving["load"], tmp_path, **uri, **place)
    run(documents(from_="lite", to="standalone", collection="items")["export"], tmp_path, **uri)
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text("utf-8").splitlines()]
    assert sorted(rows, key=lambda row: int(row["id"])) == FILE_ROWS


class ImportServer(BaseHTTPRequestHandler):
    """Answers import jobs as the REST API of Milvus does: pending once, then `ends`."""

    ends: ClassVar[str] = "Completed"
    asked: ClassVar[list[tuple[str, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body))
        data = {"jobId": "7", "state": self.ends, "progress": 100, "importedRows": 3, "totalRows": 3}
        reply = json.dumps({"code": 0, "data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


@pytest.mark.parametrize(("ends", "code"), [("Completed", 0), ("Failed", 1)])
def test_an_import_job_is_started_and_its_end_is_told(ends: str, code: int, tmp_path: Path) -> None:
    class Handler(ImportServer):
        asked: ClassVar[list[tuple[str, Any]]] = []

    Handler.ends = ends
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    program = tmp_path / "program.py"
    program.write_text(documents(from_="parquet", to="standalone", collection="docs")["import"], "utf-8")
    address = {"TARGET_ADDRESS": f"http://127.0.0.1:{server.server_port}"}
    done = subprocess.run(
        [sys.executable, str(program)],
        env={**os.environ, **address},
        capture_output=True,
        text=True,
        check=False,
    )
    server.shutdown()
    server.server_close()
    assert done.returncode == code, done.stderr
    assert "3 of 3 rows" in done.stdout
    first, last = Handler.asked[0], Handler.asked[-1]
    assert first[0] == "/v2/vectordb/jobs/import/create" and first[1]["collectionName"] == "docs"
    assert all(len(one) == 1 for one in first[1]["files"])
    assert last == ("/v2/vectordb/jobs/import/describe", {"jobId": "7"})


def test_vectors_of_bytes_are_read_for_what_pymilvus_takes() -> None:
    load = documents(from_="es", to="milvus-2.6", fields="id:keyword,v:dense_vector(4,l2_norm,byte)")["load"]
    start = load.index("def ready(")
    names: dict[str, Any] = {"types": {"v": 1}, "DataType": SimpleNamespace(INT8_VECTOR=1, BINARY_VECTOR=2)}
    exec(load[start : load.index("written, batch")], names)
    assert names["ready"]("v", [-128, -1, 0, 127]) == bytes([128, 255, 0, 127])
    assert names["ready"]("title", ["a"]) == ["a"]
