"""Shape of the Milvus collections: names behind aliases, fields, indexes, and what a server can do."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from typing import Any

from threadlore.errors import BadInput
from threadlore.seams import VectorRow
from threadlore.store.terms import terms

MAX_ID_BYTES = 512
"""Longest row id and owner, in bytes of UTF-8."""

OUTPUT_FIELDS = ["owner"]

_FIRST_WITH_FULL_TEXT = (2, 5)
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a collection holds. `han_is_split`: its analyzer cuts Chinese words itself."""

    name: str
    dimension: int
    full_text: bool
    han_is_split: bool


def server_has_full_text(version: str) -> bool:
    """Tell from a server's own version whether it takes BM25 functions; unknown forms are tried.

    >>> server_has_full_text("v2.3.5"), server_has_full_text("milvus_lite-3.2.2")
    (False, True)
    """
    found = _VERSION.search(version)
    return found is None or (int(found[1]), int(found[2])) >= _FIRST_WITH_FULL_TEXT


def shape_of(description: dict[str, Any]) -> Shape:
    """Read the shape of a collection from what `describe_collection` says."""
    fields = {field["name"]: field for field in description["fields"]}
    functions = description.get("functions") or []
    analyzer = str(fields.get("terms", {}).get("params", {}).get("analyzer_params", ""))
    return Shape(
        name=description["collection_name"],
        dimension=int(fields["vector"]["params"]["dim"]),
        full_text=bool(functions) and "sparse" in fields,
        han_is_split="jieba" in analyzer,
    )


def analyzer(language: str, *, lite: bool) -> dict[str, Any]:
    """Return analyzer parameters for a language; Chinese needs jieba, which Lite takes from this machine."""
    splits_chinese = language == "zh" and (not lite or importlib.util.find_spec("jieba") is not None)
    return {"tokenizer": "jieba" if splits_chinese else "standard", "filter": ["lowercase"]}


def create(client: Any, name: str, dimension: int, analyzer_params: dict[str, Any] | None) -> Shape:
    """Make a collection with its indexes; with full text unless `analyzer_params` is None."""
    from pymilvus import DataType, Function, FunctionType

    fields = client.create_schema(auto_id=False, enable_dynamic_field=False)
    fields.add_field("id", DataType.VARCHAR, is_primary=True, max_length=MAX_ID_BYTES)
    fields.add_field("owner", DataType.VARCHAR, max_length=MAX_ID_BYTES)
    fields.add_field("visibility", DataType.VARCHAR, max_length=16)
    fields.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    indexes = client.prepare_index_params()
    indexes.add_index("vector", index_type="AUTOINDEX", metric_type="COSINE")
    if analyzer_params is not None:
        fields.add_field(
            "terms",
            DataType.VARCHAR,
            max_length=65_535,
            enable_analyzer=True,
            analyzer_params=analyzer_params,
        )
        fields.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
        fields.add_function(
            Function(
                name="bm25",
                function_type=FunctionType.BM25,
                input_field_names=["terms"],
                output_field_names=["sparse"],
            )
        )
        indexes.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    # Session: a process reads what it wrote itself; Strong would make every search wait.
    client.create_collection(name, schema=fields, consistency_level="Session")
    # Nothing to wait for: the collection is empty.
    client.create_index(name, indexes, sync=False)
    client.load_collection(name)
    return shape_of(client.describe_collection(name))


def fields_of(row: VectorRow, shape: Shape) -> dict[str, object]:
    """Return what is stored of a row; its text only where there is full text to find it by.

    Raises:
        BadInput: the vector has the wrong dimension or is not finite, or an id is too long. Lite would
            take all of these in silence.
    """
    import numpy as np

    vector = np.asarray(row.vector, dtype=np.float32)
    if vector.shape != (shape.dimension,):
        raise BadInput(
            f"The vector of {row.id!r} has shape {vector.shape}, the collection takes ({shape.dimension},).",
            "After a change of the embedding model run `threadlore store rebuild`.",
        )
    if not np.isfinite(vector).all():
        raise BadInput(
            f"The vector of {row.id!r} is not finite.", "Look at what the embedding model returned."
        )
    for value in (row.id, row.owner):
        if not value or len(value.encode("utf-8", errors="replace")) > MAX_ID_BYTES:
            raise BadInput(f"The id {value[:80]!r} is empty or longer than {MAX_ID_BYTES} bytes.")
    stored: dict[str, object] = {
        "id": row.id,
        "owner": row.owner,
        "visibility": row.visibility,
        "vector": vector,
    }
    if shape.full_text:
        stored["terms"] = terms(row.text, han_is_split=shape.han_is_split)
    return stored
