"""Plans of moves: every pair has steps or an honest no, and the facts people get wrong are said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadlore.tools.base import ToolInputError, ToolResult
from threadlore.tools.migration.places import place_names, read_place
from threadlore.tools.registry import find_tool

FOREIGN = (
    "elasticsearch", "opensearch", "pinecone", "qdrant", "weaviate", "chroma", "pgvector", "faiss", "tencent",
)  # fmt: skip
MILVUS = (
    "milvus", "milvus-0.10", "milvus-1.1", "milvus-2.0", "milvus-2.1.4", "milvus-2.2", "milvus-2.3.5", 
    "v2.3.9", "milvus-2.4", "standalone 2.5", "distributed 2.6.3", "milvus 3.0", "standalone", "distributed",
)  # fmt: skip
OWN = (*MILVUS, "lite", "lite-old", "zilliz", "cloud")
OTHERS = ("redis", "mongodb", "s3 vectors", "iceberg", "vespa")
PLACES = st.sampled_from([*FOREIGN, *OWN, *OTHERS])


def migrate(**arguments: Any) -> ToolResult:
    given = {name.rstrip("_"): value for name, value in arguments.items()}
    return find_tool("migrate").call(given)


def said(found: ToolResult) -> str:
    return "\n".join((found.summary, *found.reasons))


@given(PLACES, PLACES)
@settings(max_examples=600)
def test_every_pair_has_steps_or_says_no_with_the_nearest_way(source: str, target: str) -> None:
    found = migrate(from_=source, to=target)
    result = found.result
    assert result["steps"] and result["verification"] and result["rollback"]
    assert result["supported"] == (result["why_not"] is None)
    if not result["supported"]:
        assert "Not supported" in found.summary and len(result["why_not"]) > 20
    assert len(found.summary.splitlines()) <= 40 and found.reasons is not None


@pytest.mark.parametrize("source", [*FOREIGN, "milvus-2.4", "milvus-2.6.3", "lite", "zilliz"])
@pytest.mark.parametrize("target", ["lite", "standalone", "distributed", "zilliz"])
def test_what_the_matrix_lists_is_supported(source: str, target: str) -> None:
    found = migrate(from_=source, to=target).result
    if (source, target) == ("tencent", "lite"):
        assert not found["supported"] and found["nearest"] == "script"
    else:
        assert found["supported"] and found["tool"]


@pytest.mark.parametrize(
    ("source", "target", "tool"),
    [
        ("qdrant", "distributed", "vts"),
        ("es", "zilliz", "managed"),
        ("weaviate", "zilliz", "vts"),
        ("pg_vector", "milvus", "vts"),
        ("chroma db", "lite", "script"),
        ("faiss", "standalone", "faiss_extract"),
        ("milvus 1.x", "standalone", "milvus_migration"),
        ("standalone", "distributed", "backup"),
        ("standalone 2.5", "distributed 2.6", "backup"),
        ("distributed 2.6", "distributed 3.0", "in_place"),
        ("milvus-2.4", "zilliz", "endpoint"),
        ("milvus-2.3.5", "zilliz", "backup_files"),
        ("lite", "lite", "copy_directory"),
        ("milvus lite 2.4", "standalone", "lite_dump"),
        ("old lite .db", "lite", "old_lite_dump"),
        ("zilliz", "zilliz", "zilliz_offline"),
        ("zilliz", "distributed", "vts"),
        ("milvus-2.4", "lite", "export_load"),
    ],
)
def test_the_first_tool_of_a_way(source: str, target: str, tool: str) -> None:
    assert migrate(from_=source, to=target).result["tool"] == tool


@pytest.mark.parametrize(
    ("words", "title", "version"),
    [
        ("milvus-2.4", "Milvus 2.4", "2.4"),
        ("2.4.15", "Milvus 2.4.15", "2.4.15"),
        ("v2.6", "Milvus 2.6", "2.6"),
        ("Milvus 3.0", "Milvus 3.0", "3.0"),
        ("milvus 3", "Milvus 3.0", "3.0"),
        ("milvus2.5.x", "Milvus 2.5", "2.5"),
        ("standalone 2.5", "Milvus Standalone 2.5", "2.5"),
        ("milvus-cluster-v2.6.22", "Milvus Distributed 2.6.22", "2.6.22"),
        ("2.6.0-rc1", "Milvus 2.6.0", "2.6.0"),
        ("zilliz", "Zilliz Cloud", None),
        ("cloud", "Zilliz Cloud", None),
        ("Zilliz Cloud Dedicated", "Zilliz Cloud", None),
        ("Milvus Lite", "Milvus Lite", None),
        ("milvus_demo.db", "Milvus Lite", None),
        ("ES 8", "Elasticsearch", None),
        ("Elasticsearch 8.11", "Elasticsearch", None),
        ("postgres + pgvector", "PostgreSQL with pgvector", None),
        ("ChromaDB", "Chroma", None),
        ("腾讯云向量数据库", "Tencent Cloud VectorDB", None),
    ],
)
def test_places_are_read_as_people_type_them(words: str, title: str, version: str | None) -> None:
    place = read_place(words, "from")
    assert (place.title, place.version.full if place.version else None) == (title, version)


@pytest.mark.parametrize("name", place_names())
def test_every_name_that_a_hint_offers_is_taken(name: str) -> None:
    assert read_place(name.replace("VERSION", "2.6"), "to").kind


@pytest.mark.parametrize("source", ["mongodb", "s3 vectors"])
def test_where_no_job_is_written_no_step_speaks_of_it(source: str) -> None:
    found = migrate(from_=source)
    assert "job" not in found.documents and "--output job" not in found.summary


def test_steps_are_those_of_the_source() -> None:
    back = said(migrate(from_="milvus-2.6.3", to="milvus-2.4"))
    assert "Create the target collection" not in back and "Standalone to Distributed" not in back
    assert "Standalone to Distributed" in said(migrate(from_="standalone", to="distributed"))
    assert "Create the target collection" in said(migrate(from_="qdrant"))


def test_the_cloud_of_another_database_is_not_zilliz_cloud() -> None:
    with pytest.raises(ToolInputError):
        read_place("qdrant cloud", "from")


def test_an_upgrade_goes_step_by_step() -> None:
    found = migrate(from_="milvus-2.4", to="milvus-3.0")
    steps = [row["do"] for row in found.result["steps"]]
    assert found.result["kind"] == "upgrade" and "Back up" in steps[0]
    order = [
        next(at for at, do in enumerate(steps) if do.startswith(one))
        for one in ("2.4 -> 2.5", "2.5 -> 2.6", "2.6 -> 3.0")
    ]
    assert order == sorted(order)
    text = " ".join(steps)
    assert "mixCoordinator.enabled=true" in text and "2.5.16" in text and "2.6.22" in text
    assert "contradict" in said(found) and "does not list Milvus 3.0" in said(found)
    assert "verify-migration" in text


def test_who_has_the_needed_patch_is_not_told_to_get_it() -> None:
    assert "Be on 2.6.20" in migrate(from_="2.6.3", to="3.0").summary
    assert "Be on 2.6.20" not in migrate(from_="2.6.21", to="3.0").summary
    assert "Be on 2.6.20" not in migrate(from_="2.5", to="3.0").summary


def test_within_a_minor_version_the_image_is_changed() -> None:
    found = migrate(from_="2.6.3", to="2.6.22")
    assert "2.6.22" in found.summary and found.result["kind"] == "upgrade"


def test_metadata_of_21_is_rewritten_first() -> None:
    found = migrate(from_="2.1.4", to="2.6").result
    assert any("meta-migration" in row["do"] for row in found["steps"])


def test_there_is_no_way_back_in_place() -> None:
    found = migrate(from_="3.0", to="2.6").result
    assert not found["supported"] and found["kind"] == "downgrade" and found["nearest"] == "vts"


def test_milvus_backup_is_not_said_to_do_30() -> None:
    found = migrate(from_="standalone 2.6", to="distributed 3.0")
    assert found.result["tool"] == "vts"
    assert "does not list Milvus 3.0" in said(found)
    assert "does not list Milvus 3.0" in said(migrate(backup=True))
    assert migrate(restore=True, from_="2.5", to="3.0").result["supported"] is False
    assert migrate(restore=True, from_="2.5", to="3.0.0").result["supported"] is False


def test_milvus_backup_06_does_301() -> None:
    found = migrate(from_="standalone 2.6", to="distributed 3.0.1")
    assert found.result["tool"] == "backup" and "0.6.0" in said(found)
    assert migrate(restore=True, from_="2.5", to="3.0.1").result["supported"]
    assert not migrate(restore=True, from_="3.0.1", to="2.6").result["supported"]


def test_old_versions_are_refused_by_their_tools() -> None:
    found = migrate(from_="standalone 2.3.5", to="distributed 2.5").result
    assert found["tool"] == "backup"
    assert {row["tool"] for row in found["refused"]} == {"vts"}
    oldest = migrate(from_="standalone 2.0", to="distributed 2.6").result
    assert not oldest["supported"] and oldest["nearest"] == "in_place"


def test_the_aged_tool_is_named_as_aged() -> None:
    found = migrate(from_="milvus 1.1", to="standalone")
    assert found.result["aged"] and "aged" in found.summary and "deprecated" in said(found)
    assert {"tool": "milvus_migration", "status": "aged"}.items() <= {
        key: value for key, value in migrate(from_="es", to="standalone").result["alternatives"][-1].items()
    }.items()


FIELDS = "id:int64,title:keyword,vec:dense_vector(768,cosine)"


def test_fields_are_mapped_with_their_metric() -> None:
    found = migrate(from_="qdrant", to="distributed", fields=FIELDS)
    rows = {row["name"]: row for row in found.result["fields"]}
    assert (rows["id"]["milvus_type"], rows["id"]["primary_key"]) == ("Int64", True)
    assert (rows["title"]["milvus_type"], rows["title"]["max_length_bytes"]) == ("VarChar", 65535)
    assert (rows["vec"]["milvus_type"], rows["vec"]["dim"], rows["vec"]["metric"]) == (
        "FloatVector",
        768,
        "COSINE",
    )
    assert any("normalised" in change for change in found.result["scores"])


@pytest.mark.parametrize(
    ("source", "field", "milvus", "metric", "word"),
    [
        ("elasticsearch", "v:dense_vector(3,l2_norm)", "FloatVector", "L2", "1 / (1 + d^2)"),
        ("elasticsearch", "s:sparse_vector", "VarChar", None, "not made a SPARSE_FLOAT_VECTOR"),
        ("elasticsearch", "n:unsigned_long", None, None, "no type"),
        ("opensearch", "v:knn_vector(3,l1)", "FloatVector", None, "no counterpart"),
        ("qdrant", "v:vector(3,Manhattan)", "FloatVector", None, "no Manhattan"),
        ("qdrant", "v:vector(3,Euclid)", "FloatVector", "L2", "square every threshold"),
        ("weaviate", "v:vector(3)", "FloatVector", "COSINE", "1 - old"),
        ("chroma", "v:embedding(3)", "FloatVector", "L2", "default"),
        ("pgvector", "v:halfvec(3,<=>)", "FloatVector", "COSINE", "casts"),
        ("pgvector", "v:bit(64,hamming)", None, None, "script"),
        ("pgvector", "v:varchar(100)", "VarChar", None, "bytes"),
        ("pgvector", "t:text[]", "Array", None, "4,096"),
        ("tencent", "v:vector(3,IP)", "FloatVector", "IP", "same"),
        ("milvus-2.4", "v:float_vector(3,cosine)", "FloatVector", "COSINE", "same"),
        ("pinecone", "x:hyperspace", None, None, "not in the tables"),
    ],
)
def test_types_and_metrics_by_source(
    source: str, field: str, milvus: str | None, metric: str | None, word: str
) -> None:
    found = migrate(from_=source, to="standalone" if source != "milvus-2.4" else "distributed", fields=field)
    row = found.result["fields"][0]
    assert (row["milvus_type"], row["metric"]) == (milvus, metric)
    assert word in said(found)


def test_characters_of_the_source_count_as_bytes() -> None:
    row = migrate(from_="pgvector", fields="t:varchar(100)").result["fields"][0]
    assert row["max_length_bytes"] == 400


def test_a_type_that_the_target_is_too_old_for_is_said() -> None:
    assert "Timestamptz needs Milvus 2.6" in said(migrate(from_="pgvector", to="2.4", fields="t:timestamptz"))


@pytest.mark.parametrize("source", ["standalone", "distributed 2.6", "zilliz", "lite", "lite-old", "2.1.4"])
@pytest.mark.parametrize("action", ["backup", "export"])
def test_backup_and_export_of_every_milvus(source: str, action: str) -> None:
    found = migrate(from_=source, **{action: True}).result
    assert found["kind"] == action and found["steps"]


def test_a_backup_needs_no_source_to_be_named() -> None:
    tool = find_tool("migrate")
    assert tool.missing({"backup": True}) == () and tool.missing({}) == ("from",)
    assert "milvus-backup create" in migrate(backup=True).summary
    assert "--rebuild_index" in migrate(restore=True).summary


def test_other_spellings_of_the_arguments() -> None:
    tool = find_tool("migrate")
    ours = tool.call({"from": "qdrant", "to": "distributed", "fields": FIELDS})
    theirs = tool.call({"source": "Qdrant", "target": "cluster", "fields": FIELDS.split(",", 2)})
    assert ours.documents["job"] == theirs.documents["job"]


BAD = [
    {"from": "asdf"},
    {"from": ""},
    {"from": "milvus-9.9"},
    {"from": "milvus-2.17"},
    {"from": "qdrant", "to": "nowhere"},
    {"from": "qdrant", "fields": "id"},
    {"from": "qdrant", "fields": "id:int64,id:int64"},
    {"from": "qdrant", "fields": "v:vector(99999,cosine)"},
    {"from": "qdrant", "fields": "v:vector(0)"},
    {"from": "qdrant", "fields": "v:vector(1e30)"},
    {"from": "qdrant", "fields": "a:int64 pk,b:int64 pk"},
    {"from": "qdrant", "backup": True},
    {"from": "milvus", "backup": True, "export": True},
    {"from": "lite", "to": "distributed", "restore": True},
    {"from": "qdrant", "collection": 'x"; DROP'},
    {"from": "qdrant", "collection": ""},
    {"from": "qdrant", "storage": "floppy"},
    {"to": "distributed"},
    {"from": "qdrant", "wings": 2},
]


@pytest.mark.parametrize("arguments", BAD, ids=str)
def test_bad_input_is_an_error_with_a_way_out(arguments: dict[str, Any]) -> None:
    with pytest.raises(ToolInputError) as error:
        find_tool("migrate").call(arguments)
    assert error.value.hint


WORDS = st.text(max_size=40) | st.sampled_from(
    ["milvus", "-", "2.", "lite 3", "v", "3.0.0.0", "\x00", "1e30", "NaN"]
)


@given(WORDS, WORDS, st.text(max_size=60) | st.text("ab:(),[]0123 <=>pk!", max_size=60), st.text(max_size=20))
def test_any_words_give_a_plan_or_a_clear_error(source: str, target: str, fields: str, name: str) -> None:
    arguments = {"from": source, "to": target, "fields": fields, "collection": name or "c"}
    try:
        found = find_tool("migrate").call(arguments)
    except ToolInputError as error:
        assert error.message and error.hint
    else:
        assert found.result["steps"]


@pytest.mark.parametrize(
    ("source", "target", "tool"),
    [
        ("csv", "standalone", "bulk_import"),
        ("parquet files", "distributed", "bulk_import"),
        ("jsonl", "lite", "file_load"),
        ("npy", "cloud", "cloud_import"),
        ("csv", "cloud", "file_load"),
        ("csv", "milvus-2.4", "file_load"),
        ("parquet", "milvus-2.3", "file_load"),
    ],
)
def test_files_are_imported_where_an_import_takes_them(source: str, target: str, tool: str) -> None:
    found = find_tool("migrate").call({"from": source, "to": target})
    assert found.result["tool"] == tool and found.result["supported"]
    assert "load" in found.documents and "`load`" in found.summary


@pytest.mark.parametrize(
    ("target", "element", "kind"),
    [
        ("milvus-2.6", "byte", "Int8Vector"),
        ("milvus-2.5", "byte", "FloatVector"),
        ("lite", "int8", "FloatVector"),
        ("milvus", "bit", "BinaryVector"),
    ],
)
def test_byte_vectors_go_by_program_into_what_the_target_has(target: str, element: str, kind: str) -> None:
    fields = f"id:keyword,v:dense_vector(64,l2_norm,{element})"
    found = find_tool("migrate").call({"from": "elasticsearch", "to": target, "fields": fields})
    assert found.result["tool"] == "script"
    assert found.result["fields"][1]["milvus_type"] == kind
    assert target == "lite" or any("has to" in row["why"] for row in found.result["refused"])
    assert "job" not in found.documents


def test_a_byte_vector_gets_an_index_that_takes_it() -> None:
    fields = "id:keyword,v:dense_vector(64,cosine,byte)"
    found = find_tool("migrate").call({"from": "es", "to": "milvus-2.6", "fields": fields})
    assert 'index_type="HNSW"' in found.documents["collection"]
