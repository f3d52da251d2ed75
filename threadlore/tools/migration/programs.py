"""Programs with pymilvus that a plan hands out: the collection with its index, export, load, FAISS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from threadlore.tools.migration.file_programs import FILE_KINDS, load_program
from threadlore.tools.migration.mappings import Mapped
from threadlore.tools.migration.places import Place
from threadlore.tools.tables import table

_TYPES = {
    "Bool": "BOOL",
    "Int8": "INT8",
    "Int16": "INT16",
    "Int32": "INT32",
    "Int64": "INT64",
    "Float": "FLOAT",
    "Double": "DOUBLE",
    "VarChar": "VARCHAR",
    "Array": "ARRAY",
    "JSON": "JSON",
    "Geometry": "GEOMETRY",
    "Timestamptz": "TIMESTAMPTZ",
    "BinaryVector": "BINARY_VECTOR",
    "FloatVector": "FLOAT_VECTOR",
    "Float16Vector": "FLOAT16_VECTOR",
    "BFloat16Vector": "BFLOAT16_VECTOR",
    "SparseFloatVector": "SPARSE_FLOAT_VECTOR",
    "Int8Vector": "INT8_VECTOR",
}
_AUTO_ID = 'schema.add_field("auto_id", DataType.INT64, is_primary=True)'
_CONNECT = """import os

from pymilvus import {imports}

URI = os.environ.get("{variable}_URI", "{uri}")
TOKEN = os.environ.get("{variable}_TOKEN", "")
COLLECTION = {collection}

client = MilvusClient(uri=URI, token=TOKEN)
"""


def _connect(variable: str, place: Place, collection: str, imports: str = "MilvusClient") -> str:
    # Not MILVUS_URI: pymilvus reads that one itself, and refuses a path of Milvus Lite in it.
    uri = {"lite": "./milvus.db", "cloud": "https://YOUR-CLUSTER-ENDPOINT:443"}.get(
        place.target, "http://localhost:19530"
    )
    return _CONNECT.format(imports=imports, variable=variable, uri=uri, collection=quoted(collection))


def quoted(value: str) -> str:
    """Return a text as Python writes it, in double quotes and ASCII."""
    return '"' + value.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'


def _schema_lines(mapped: tuple[Mapped, ...], target: Place) -> list[str]:
    lines = []
    nullable = target.version is None or target.version.order >= (2, 5)
    for one in mapped:
        if one.milvus is None:
            reason = one.notes[0] if one.notes else "no type in Milvus"
            lines.append(f"# {_name(one.field.name)} is left out: {' '.join(reason.split())}")
            continue
        parts = [quoted(_name(one.field.name)), f"DataType.{_TYPES[one.milvus]}"]
        parts += ["is_primary=True"] if one.primary else []
        parts += [f"max_length={one.max_length}"] if one.milvus == "VarChar" else []
        parts += (
            [f"element_type=DataType.{_TYPES[str(one.element)]}, max_capacity=4096"] if one.element else []
        )
        parts += [f"max_length={one.max_length}"] if one.element == "VarChar" else []
        parts += [f"dim={one.field.dim or 'DIM'}"] if one.vector and one.milvus != "SparseFloatVector" else []
        parts += ["nullable=True"] if nullable and not (one.primary or one.vector) else []
        lines.append(f"schema.add_field({', '.join(parts)})")
    return lines


def _name(name: str) -> str:
    """Return a name that Milvus takes for a field: letters, digits, underscores."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return plain if not plain[:1].isdigit() else f"_{plain}"


def _usual_key(row: Mapping[str, Any]) -> list[str]:
    """Return the primary key as a source gives it, so that its ids stay and a second run adds no rows."""
    name, kind, length = row["key"]
    limit = f", max_length={length}" if kind == "VarChar" else ""
    return [
        f"# Key of {row['title']}: {row['id']}.",
        f"schema.add_field({quoted(name)}, DataType.{_TYPES[kind]}, is_primary=True{limit})",
    ]


def collection_program(source: Place, target: Place, collection: str, mapped: tuple[Mapped, ...]) -> str:
    """Return a program that makes the collection with its index, and loads it."""
    vectors = [one for one in mapped if one.vector and one.milvus]
    key = next((one for one in mapped if one.primary and one.milvus), None)
    lines = [_connect("TARGET", target, collection, "DataType, MilvusClient"), ""]
    if any(one.milvus != "SparseFloatVector" and not one.field.dim for one in vectors) or not vectors:
        lines += ["DIM = 768  # put in the dimension of your vectors", ""]
    usual = next((row for row in table("migration")["systems"] if row["name"] == source.kind), None)
    vector = usual["vector"] if usual else "vector"
    auto = key is None and usual is None
    lines.append(f"schema = client.create_schema(auto_id={auto}, enable_dynamic_field=True)")
    if key is None:
        lines += _usual_key(usual) if usual else [_AUTO_ID]
    lines += _schema_lines(mapped, target)
    if not vectors:
        lines.append(f"schema.add_field({quoted(vector)}, DataType.FLOAT_VECTOR, dim=DIM)")
    lines += ["", "indexes = client.prepare_index_params()"]
    for name, kind, metric in _indexes(vectors, vector):
        lines.append(
            f"indexes.add_index({quoted(name)}, index_type={quoted(kind)}, metric_type={quoted(metric)})"
        )
    lines += [
        "if not client.has_collection(COLLECTION):",
        "    client.create_collection(COLLECTION, schema=schema)",
        "client.create_index(COLLECTION, indexes)",
        "client.load_collection(COLLECTION)",
        "print(client.describe_collection(COLLECTION))",
        "client.close()",
    ]
    head = f"# Makes the collection for data of {source.title} in {target.title}, with its index.\n"
    return head + "\n".join(lines) + "\n"


def _indexes(vectors: list[Mapped], usual: str) -> list[tuple[str, str, str]]:
    if not vectors:
        return [(usual, "AUTOINDEX", "COSINE")]
    found = []
    for one in vectors:
        kind, metric = "AUTOINDEX", one.metric or "COSINE"
        if one.milvus == "SparseFloatVector":
            kind, metric = "SPARSE_INVERTED_INDEX", "IP"
        elif one.milvus == "BinaryVector":
            kind, metric = "BIN_FLAT", one.metric or "HAMMING"
        elif one.milvus == "Int8Vector":
            kind = "HNSW"
        found.append((_name(one.field.name), kind, metric))
    return found


_EXPORT = '''

def plain(value):
    """Return a value as JSON can hold it; bytes of binary and half vectors as hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple)) or hasattr(value, "append"):
        return [plain(one) for one in value]
    return value


client.load_collection(COLLECTION)
fields = client.describe_collection(COLLECTION)["fields"]
key, is_text = next((one["name"], one["type"] == DataType.VARCHAR) for one in fields if one.get("is_primary"))
written, condition, more = 0, "", True
with open("rows.jsonl", "w", encoding="utf-8") as file:
    while more:
        iterator = client.query_iterator(
            COLLECTION, filter=condition, batch_size=1000, output_fields=["*"], consistency_level="Strong"
        )
        more = False
        while rows := iterator.next():
            for row in rows:
                file.write(json.dumps(plain(dict(row)), ensure_ascii=False) + "\\n")
            written += len(rows)
            if is_text:  # The iterator does not escape quotes in the last key: every page is a new one.
                last = max(row[key] for row in rows)
                condition, more = f"{key} > {json.dumps(last, ensure_ascii=False)}", True
                break
        iterator.close()
count = client.query(COLLECTION, filter="", output_fields=["count(*)"], consistency_level="Strong")
counted = count[0]["count(*)"]
print(f"{written} rows written, {counted} counted")
client.close()
raise SystemExit(0 if written == counted else 1)
'''

_FAISS = """
import faiss

index = faiss.read_index(os.environ.get("FAISS_FILE", "index.faiss"))
inner = faiss.downcast_index(index)
ids = None
if isinstance(inner, (faiss.IndexIDMap, faiss.IndexIDMap2)):
    ids = faiss.vector_to_array(inner.id_map)
    inner = faiss.downcast_index(inner.index)
if isinstance(inner, faiss.IndexIVF):
    inner.make_direct_map()
metric = {faiss.METRIC_INNER_PRODUCT: "IP", faiss.METRIC_L2: "L2"}.get(index.metric_type)
print(f"{index.ntotal} vectors of dimension {index.d}, metric {metric}")
if not client.has_collection(COLLECTION):
    client.create_collection(COLLECTION, dimension=index.d, metric_type=metric)
for start in range(0, index.ntotal, BATCH):
    vectors = inner.reconstruct_n(start, min(BATCH, index.ntotal - start))
    rows = [
        {"id": int(ids[start + at] if ids is not None else start + at), "vector": vector.tolist()}
        for at, vector in enumerate(vectors)
    ]
    client.upsert(COLLECTION, rows)
client.flush(COLLECTION)
client.load_collection(COLLECTION)
count = client.query(COLLECTION, filter="", output_fields=["count(*)"], consistency_level="Strong")
counted = count[0]["count(*)"]
print(f"{index.ntotal} vectors read, {counted} rows counted")
client.close()
"""


def export_program(source: Place, collection: str) -> str:
    """Return a program that writes every row of a collection to rows.jsonl, and compares the counts."""
    head = "# Exports a collection, a JSON object a row. Writes nothing to Milvus.\nimport json\n"
    return head + _connect("SOURCE", source, collection, "DataType, MilvusClient") + _EXPORT


def rows_program(source: Place, target: Place, collection: str) -> str:
    """Return a program that upserts rows into a collection: those of rows.jsonl, or of the source's files."""
    kind = source.kind if source.kind in FILE_KINDS else "rows"
    return load_program(kind, _connect("TARGET", target, collection, "DataType, MilvusClient"))


def faiss_program(target: Place, collection: str) -> str:
    """Return a program that moves the vectors of a FAISS file; ids of an IDMap are kept."""
    head = "# Moves a FAISS file into Milvus. Of a quantised index it gets approximations.\n"
    return head + _connect("TARGET", target, collection) + "BATCH = 1000\n" + _FAISS
