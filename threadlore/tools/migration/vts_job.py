"""The job of VTS: a HOCON file with no key but those that its code reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from threadlore.tools.hocon_text import FromEnvironment, to_hocon
from threadlore.tools.migration.mappings import Mapped
from threadlore.tools.migration.places import Place, Version
from threadlore.tools.tables import table

SCHEMA_FROM_SOURCE = frozenset({"Milvus", "ChromaDB"})
"""Sources whose schema VTS takes over, or whose columns are fixed: these jobs need no field_schema."""

_KEY_COLUMN = {"elasticsearch": "_id", "opensearch": "_id"}
_NULLABLE_SINCE = Version(2, 5)


def plugin_row(source: Place) -> Mapping[str, Any]:
    """Return the row of the plugin of VTS that reads a source."""
    kind = "milvus" if source.kind in ("milvus", "cloud") else source.kind
    found: Mapping[str, Any] = next(row for row in table("vts")["plugins"] if kind in row["for"])
    return found


def job(source: Place, target: Place, collection: str, mapped: tuple[Mapped, ...]) -> str:
    """Return the job that moves `collection` from `source` to `target`."""
    plugin = str(plugin_row(source)["name"])
    settings = table("vts")["defaults"]
    sink: dict[str, object] = {
        "url": _target_url(target),
        "token": FromEnvironment("MILVUS_TOKEN"),
        "database": "default",
        "schema_save_mode": "CREATE_SCHEMA_WHEN_NOT_EXIST",
        "batch_size": settings["sink_batch_size"]["value"],
    }
    schema = list(_field_schema(source, target, mapped)) if plugin not in SCHEMA_FROM_SOURCE else []
    if schema:
        # Qdrant, Pinecone and Tencent keep more keys than the fields named: these stay reachable.
        sink["enable_dynamic_field"] = any(one.payload for one in mapped)
        sink["field_schema"] = schema
    value: dict[str, object] = {
        "env": {
            "parallelism": 1,
            "job.mode": "BATCH",
            "checkpoint.interval": settings["checkpoint_interval_ms"]["value"],
        },
        "source": {plugin: _SOURCES[plugin](source, collection, mapped)},
        "sink": {"Milvus": sink},
    }
    return to_hocon(value, *_comments(plugin, value))


def _comments(plugin: str, value: Mapping[str, object]) -> Iterator[str]:
    yield f"Job of VTS ({table('vts')['version']}): {plugin} -> Milvus."
    yield "./bin/seatunnel.sh --config ./job.conf -m local   (to try; see the plan)"
    names = sorted(_variables(value))
    yield f"Set in the environment of that command: {', '.join(names)}."
    for row in table("vts")["documented_wrongly"]:
        if row["plugin"] == plugin:
            yield row["says"]


def _variables(value: object) -> set[str]:
    if isinstance(value, FromEnvironment):
        return {value.name}
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return {name for one in inner for name in _variables(one)}


def _target_url(target: Place) -> str:
    return "https://YOUR-CLUSTER-ENDPOINT:443" if target.deployment == "cloud" else "http://milvus-host:19530"


def _milvus(source: Place, collection: str, mapped: tuple[Mapped, ...]) -> dict[str, object]:
    cloud = source.deployment == "cloud"
    return {
        "url": "https://YOUR-SOURCE-ENDPOINT:443" if cloud else "http://source-host:19530",
        "token": FromEnvironment("SOURCE_TOKEN"),
        "database": "default",
        "collections": [collection],
        "batch_size": 1000,
    }


def _elasticsearch(source: Place, collection: str, mapped: tuple[Mapped, ...]) -> dict[str, object]:
    found: dict[str, object] = {
        "hosts": ["https://elasticsearch-host:9200"],
        "username": FromEnvironment("ES_USERNAME"),
        "password": FromEnvironment("ES_PASSWORD"),
        "index": collection,
    }
    fields: list[object] = [one.field.name for one in _movable(mapped) if one.field.name != "_id"]
    return found | ({"source": fields} if fields else {})


def _pinecone(source: Place, collection: str, mapped: tuple[Mapped, ...]) -> dict[str, object]:
    return {
        "api_key": FromEnvironment("PINECONE_API_KEY"),
        "index": collection,
        "batch_size": 100,
        "merge_namespace": False,
    }


def _qdrant(source: Place, collection: str, mapped: tuple[Mapped, ...]) -> dict[str, object]:
    return {
        "host": "qdrant-host",
        "port": 6334,
        "api_key": FromEnvironment("QDRANT_API_KEY"),
        "collection_name": collection,
        "use_tls": False,
    }


def _weaviate(source: Place, collection: str, mapped: tuple[Mapped, ...]) -> dict[str, object]:
    return {
        "scheme": "http",
        "host": "weaviate-host:8080",
        "api_key": FromEnvironment("WEAVIATE_API_KEY"),
        "class_name": collection,
    }


def _chroma(source: Place, collection: str, mapped: tuple[Mapped, ...]) -> dict[str, object]:
    return {
        "url": "http://chroma-host:8000",
        "collections": [collection],
        "tenant": "default_tenant",
        "database": "default_database",
        "batch_size": 1000,
    }


def _jdbc(source: Place, collection: str, mapped: tuple[Mapped, ...]) -> dict[str, object]:
    found: dict[str, object] = {
        "url": "jdbc:postgresql://postgres-host:5432/postgres",
        "driver": "org.postgresql.Driver",
        "user": FromEnvironment("PG_USER"),
        "password": FromEnvironment("PG_PASSWORD"),
    }
    columns = [_column(one) for one in _movable(mapped)]
    if columns:
        return found | {"query": " ".join(("SELECT", ", ".join(columns), "FROM", _quoted(collection)))}
    return found | {"table_path": f"postgres.public.{collection}"}


def _column(one: Mapped) -> str:
    name = _quoted(one.field.name)
    if not one.cast:
        return name
    size = f"({one.field.dim})" if one.vector and one.field.dim else ""
    return f"{name}::{one.cast}{size} AS {name}"


def _quoted(name: str) -> str:
    return (
        name
        if re.fullmatch(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?", name)
        else '"' + name.replace('"', '""') + '"'
    )


def _tencent(source: Place, collection: str, mapped: tuple[Mapped, ...]) -> dict[str, object]:
    return {
        "url": "http://tencent-host:80",
        "user_name": "root",
        "api_key": FromEnvironment("TENCENT_API_KEY"),
        "database": "default",
        "collection": collection,
        "batch_size": 100,
    }


_SOURCES = {
    "Milvus": _milvus,
    "Elasticsearch": _elasticsearch,
    "Pinecone": _pinecone,
    "Qdrant": _qdrant,
    "Weaviate": _weaviate,
    "ChromaDB": _chroma,
    "Jdbc": _jdbc,
    "TencentVectorDB": _tencent,
}


def _movable(mapped: tuple[Mapped, ...]) -> tuple[Mapped, ...]:
    return tuple(one for one in mapped if one.milvus is not None)


def _field_schema(source: Place, target: Place, mapped: tuple[Mapped, ...]) -> Iterator[dict[str, object]]:
    """Yield the fields of the target, where there is a key and a vector: without them it is no schema."""
    fields = _movable(mapped)
    if not any(one.vector for one in fields):
        return
    if any(one.vector and one.milvus != "SparseFloatVector" and not one.field.dim for one in fields):
        return
    key = next((one.field.name for one in fields if one.primary), None)
    if key is None or (source.kind in _KEY_COLUMN and key != _KEY_COLUMN[source.kind]):
        # The source gives its own key, whatever else the rows hold.
        yield _source_key(source)
    for one in fields:
        yield _schema_item(source, target, one)


def _source_key(source: Place) -> dict[str, object]:
    name = _KEY_COLUMN.get(source.kind, "id")
    codes = _codes()
    if source.kind == "qdrant":
        return {"field_name": name, "data_type": codes["Int64"], "is_primary_key": True, "is_nullable": False}
    length = 512 if source.kind in _KEY_COLUMN else 65535
    key: dict[str, object] = {"field_name": name, "data_type": codes["VarChar"], "max_length": length}
    return key | {"is_primary_key": True, "is_nullable": False}


def _codes() -> dict[str, int]:
    return {row["name"]: row["code"] for row in table("vts")["codes"]}


def _schema_item(source: Place, target: Place, one: Mapped) -> dict[str, object]:
    codes = _codes()
    own_key = one.primary and source.kind not in _KEY_COLUMN
    is_key = own_key or one.field.name == _KEY_COLUMN.get(source.kind)
    item: dict[str, object] = {"source_field_name": one.field.name} if one.payload else {}
    item |= {"field_name": one.field.name, "data_type": codes[str(one.milvus)]}
    if one.element:
        item |= {"element_type": codes[one.element], "max_capacity": 4096}
    if one.max_length:
        item["max_length"] = one.max_length
    if one.vector and one.field.dim and one.milvus != "SparseFloatVector":
        item["dimension"] = one.field.dim
    old = target.version is not None and target.version.order < _NULLABLE_SINCE.order
    item["is_nullable"] = not (is_key or one.vector or old)
    return item | ({"is_primary_key": True} if is_key else {})
