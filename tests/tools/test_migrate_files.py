"""The files of a plan: they parse, and hold no key but those that the program they are for reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.hocon import Substitution, read_hocon
from tests.tools.test_migrate import FIELDS, FOREIGN, OTHERS, OWN
from threadlore.tools.base import ToolInputError
from threadlore.tools.registry import find_tool
from threadlore.tools.tables import table


def files(**arguments: Any) -> Mapping[str, str]:
    return find_tool("migrate").call({name.rstrip("_"): one for name, one in arguments.items()}).documents


def keys(section: Any) -> set[str]:
    return {row["key"] for row in section}


def paths(value: Any, at: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from paths(inner, (*at, key))
    else:
        yield ".".join(at)


def check_job(text: str) -> dict[str, Any]:
    """Return a job, once every key in it is one that the code reads."""
    found = read_hocon(text)
    vts = table("vts")
    assert set(found) == {"env", "source", "sink"}
    assert set(found["env"]) <= keys(vts["env_keys"])
    [(plugin, source)] = found["source"].items()
    assert set(source) <= keys(vts["source_keys"][plugin]), plugin
    [(sink_name, sink)] = found["sink"].items()
    assert sink_name == "Milvus" and set(sink) <= keys(vts["sink_keys"])
    codes = {row["code"] for row in vts["codes"]}
    for item in sink.get("field_schema", ()):
        assert set(item) <= keys(vts["field_schema_keys"]) and item["data_type"] in codes
    wrong = {
        row["key"] for row in vts["documented_wrongly"] if row["plugin"] == plugin and row["code"] is None
    }
    assert not wrong & set(source)
    assert isinstance(sink["token"], Substitution)
    return found


def check_yaml(name: str, text: str) -> Any:
    migration = table("migration")
    allowed = {
        "backup": keys(migration["backup_keys"]["v1"]),
        "restore": keys(migration["backup_keys"]["v1"]),
        "backup_v2": keys(migration["backup_keys"]["v2"]),
        "legacy": keys(migration["aged_keys"]),
    }[name]
    found = yaml.safe_load(text)
    assert set(paths(found)) <= allowed
    return found


TYPES = sorted({row["what"] for row in table("migration_types")["types"]})
METRICS = sorted({row["what"] for row in table("migration_types")["metrics"]})
FIELD = st.builds(
    lambda name, kind, inner: f"{name}:{kind}{inner}",
    st.from_regex(r"\A[a-zA-Z_äß-]{1,8}\Z"),
    st.sampled_from(TYPES),
    st.sampled_from(["", "[]", "(8)", " pk"]) | st.sampled_from(METRICS).map(lambda one: f"(8,{one})"),
)


@given(
    st.sampled_from([*FOREIGN, *OWN, *OTHERS]),
    st.sampled_from([*OWN, "qdrant"]),
    st.lists(FIELD, max_size=5),
    st.sampled_from(["my_collection", "Ünïcode", "a b", "public.items", "$x{y}"]),
    st.sampled_from(["minio", "s3", "gcp", "azure"]),
    st.sampled_from(["docker", "helm", "operator"]),
    st.booleans(),
)
@settings(max_examples=500)
def test_every_file_parses_and_has_only_known_keys(
    source: str, target: str, fields: list[str], name: str, storage: str, install: str, cross: bool
) -> None:
    arguments = {"from": source, "to": target, "fields": ",".join(fields), "collection": name}
    try:
        found = files(**arguments, storage=storage, install=install, cross_storage=cross)
    except ToolInputError:
        return
    for document, text in found.items():
        if document == "job":
            check_job(text)
        elif document in ("collection", "export", "load", "faiss"):
            ast.parse(text)
        else:
            check_yaml(document, text)


def test_the_job_of_qdrant() -> None:
    found = check_job(files(from_="qdrant", to="distributed", fields=FIELDS, collection="items")["job"])
    source, sink = found["source"]["Qdrant"], found["sink"]["Milvus"]
    assert source["collection_name"] == "items" and source["port"] == 6334
    assert source["use_tls"] is False and "batch_size" not in source
    schema = {item["field_name"]: item for item in sink["field_schema"]}
    assert schema["id"] == {"field_name": "id", "data_type": 5, "is_primary_key": True, "is_nullable": False}
    assert schema["title"]["source_field_name"] == "title" and schema["title"]["data_type"] == 21
    assert (schema["vec"]["data_type"], schema["vec"]["dimension"]) == (101, 768)
    assert sink["enable_dynamic_field"] is True


def test_the_job_of_elasticsearch_keeps_its_own_key() -> None:
    found = check_job(
        files(from_="es", to="distributed", fields="title:keyword,v:dense_vector(3,cosine)")["job"]
    )
    assert found["source"]["Elasticsearch"]["source"] == ["title", "v"]
    schema = found["sink"]["Milvus"]["field_schema"]
    assert [item["field_name"] for item in schema if item.get("is_primary_key")] == ["_id"]


def test_the_job_of_pgvector_casts_what_vts_does_not_know() -> None:
    text = files(from_="pgvector", fields="id:bigint,v:halfvec(3,<=>),b:bit(8)", collection="Items")["job"]
    query = check_job(text)["source"]["Jdbc"]["query"]
    assert query == 'SELECT id, v::vector(3) AS v FROM "Items"'


def test_nothing_is_nullable_before_25() -> None:
    text = files(from_="qdrant", to="milvus-2.4", fields=FIELDS)["job"]
    schema = check_job(text)["sink"]["Milvus"]["field_schema"]
    assert not any(item["is_nullable"] for item in schema)


@pytest.mark.parametrize(
    ("install", "bucket", "root"), [("docker", "a-bucket", "files"), ("helm", "milvus-bucket", "file")]
)
def test_buckets_of_a_backup(install: str, bucket: str, root: str) -> None:
    found = check_yaml("backup", files(backup=True, install=install, cross_storage=True)["backup"])
    assert (found["minio"]["bucketName"], found["minio"]["rootPath"]) == (bucket, root)
    assert found["minio"]["crossStorage"] is True and found["backup"]["gcPause"]["enable"] is True


def test_no_file_carries_a_key_of_anybody() -> None:
    for source in (*FOREIGN, "standalone", "zilliz", "milvus-1.1"):
        for text in files(from_=source, to="distributed 2.6").values():
            assert "minioadmin" not in text and "Milvus123" not in text
