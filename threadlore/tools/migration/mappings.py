"""What a field becomes in Milvus: its type, the metric of its vectors, and what changes in scores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threadlore.tools.arguments import ToolInputError
from threadlore.tools.migration.fields import Field
from threadlore.tools.migration.file_programs import FILE_KINDS
from threadlore.tools.migration.places import Place, read_version
from threadlore.tools.tables import table

_KEY_NAMES = ("_id", "id", "pk", "key", "uuid", "point_id", "doc_id")
_TYPES_OF = {"opensearch": "elasticsearch", "lite": "milvus", "lite-old": "milvus", "cloud": "milvus"}
_TYPES_OF |= {"milvus1": "milvus"} | dict.fromkeys(FILE_KINDS, "milvus")
_METRICS_OF = {kind: system for kind, system in _TYPES_OF.items() if system == "milvus"}
_WITH_PAYLOAD = frozenset({"qdrant", "pinecone", "tencent"})
"""Sources that keep everything but the key and the vectors in one object."""

_INTEGERS = frozenset({"Int8", "Int16", "Int32", "Int64"})
_KEY_TYPES = _INTEGERS | {"VarChar"}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A field of the source and what it becomes; `milvus` is None where Milvus or the mover has no type.

    `known` is False for a type that the tables do not list. `payload` says that the source keeps it in its
    payload or metadata, so that a job has to take it out.
    """

    field: Field
    milvus: str | None
    element: str | None
    metric: str | None
    max_length: int | None
    primary: bool
    vector: bool
    payload: bool
    known: bool
    cast: str
    notes: tuple[str, ...]


def _limit(name: str) -> int:
    return int(next(row["value"] for row in table("migration_types")["limits"] if row["name"] == name))


def type_row(kind: str, name: str) -> Mapping[str, Any] | None:
    """Return the row of a type of a source, by the source's kind; None where it is not known."""
    system = _TYPES_OF.get(kind, kind)
    wanted = name.replace("_", " ").strip()
    for row in table("migration_types")["types"]:
        if row["system"] == system and row["what"].replace("_", " ").lower() == wanted:
            found: Mapping[str, Any] = row
            return found
    return None


def metric_row(kind: str, name: str) -> Mapping[str, Any] | None:
    """Return the row of a similarity of a source; without a name its default, where it has one."""
    system = _METRICS_OF.get(kind, kind)
    wanted = name.lower().replace("-", "_").replace("metric_type.", "")
    for row in table("migration_types")["metrics"]:
        same = row["what"].replace("-", "_") == wanted or (row["what"] == name.lower())
        if row["system"] == system and (same if name else row.get("default", False)):
            found: Mapping[str, Any] = row
            return found
    return None


def map_fields(source: Place, target: Place, fields: tuple[Field, ...]) -> tuple[Mapped, ...]:
    """Return what each field becomes.

    Raises:
        ToolInputError: two fields are marked as the primary key, or a dimension is over Milvus' limit.
    """
    primary = [field.name for field in fields if field.primary]
    if len(primary) > 1:
        raise ToolInputError(f"{', '.join(primary)[:200]} are all primary keys.", "Milvus has one.")
    key = primary[0] if primary else _guess_key(source.kind, fields)
    return tuple(_map(source, target, field, primary=field.name == key) for field in fields)


def _guess_key(kind: str, fields: tuple[Field, ...]) -> str:
    scalars = [
        field.name
        for field in fields
        if (type_row(kind, field.type) or type_row("milvus", field.type) or {}).get("milvus") in _KEY_TYPES
    ]
    return next((name for wanted in _KEY_NAMES for name in scalars if name.lower() == wanted), "")


def _map(source: Place, target: Place, field: Field, *, primary: bool) -> Mapped:
    if field.type == "array":
        return _array(source, field)
    row = _fitting(type_row(source.kind, field.type), target)
    notes: list[str] = []
    if row is None and (row := type_row("milvus", field.type)):
        notes.append(f"{field.type} is a type of Milvus, not of {source.title}: taken as that.")
        row = {**row, "payload": source.kind in _WITH_PAYLOAD and not row.get("vector")}
    if row is None:
        notes.append(f"Type {field.type} is not in the tables: look it up, or move it as text.")
        return Mapped(field, None, None, None, None, primary, False, False, False, "", tuple(notes))
    milvus = row["milvus"]
    vector = bool(row.get("vector"))
    if row.get("note"):
        notes.append(row["note"])
    if primary and milvus is not None and not vector:
        milvus = "Int64" if milvus in _INTEGERS else "VarChar"
    metric, metric_notes = _metric(source.kind, field) if vector and milvus else (None, ())
    notes += [*metric_notes, *_too_new(milvus, target), *(_dimension(field) if vector else ())]
    length = _max_length(field) if milvus == "VarChar" else None
    return Mapped(
        field,
        milvus,
        None,
        metric,
        length,
        primary,
        vector,
        bool(row.get("payload")) and not primary,
        True,
        str(row.get("cast", "")),
        tuple(notes),
    )


def _fitting(row: Mapping[str, Any] | None, target: Place) -> Mapping[str, Any] | None:
    """Return a row with the type that stands in for its own where the target does not have that one."""
    if row is None or "else" not in row:
        return row
    if target.deployment == "lite" or _too_new(row["milvus"], target):
        return {**row, "milvus": row["else"]}
    return row


def needs_program(mapped: tuple[Mapped, ...]) -> str:
    """Return why only a program can move the fields; empty where the movers can."""
    for one in mapped:
        row = type_row("elasticsearch", one.field.type)
        if row and row.get("program") and one.milvus:
            return f"{one.field.name}: {row['program']}"
    return ""


def _array(source: Place, field: Field) -> Mapped:
    row = type_row(source.kind, field.element) or type_row("milvus", field.element)
    element = row["milvus"] if row and not row.get("vector") else None
    payload = bool(row and row.get("payload"))
    if source.kind in ("weaviate", "chroma") or element in (None, "JSON", "Timestamptz", "Geometry"):
        note = "An array of this type cannot be moved as ARRAY: keep it as JSON, by a script."
        known = bool(field.element) and row is not None
        return Mapped(field, None, None, None, None, False, False, payload, known, "", (note,))
    capacity = _limit("array_capacity")
    note = f"At most {capacity:,} values; all of one type."
    length = _limit("varchar_bytes") if element == "VarChar" else None
    return Mapped(field, "Array", element, None, length, False, False, payload, True, "", (note,))


def _max_length(field: Field) -> int:
    """Return max_length in bytes: a character of the source takes up to four."""
    most = _limit("varchar_bytes")
    return most if field.length is None else min(most, field.length * _limit("utf8_bytes_a_character"))


def _metric(kind: str, field: Field) -> tuple[str | None, tuple[str, ...]]:
    row = metric_row(kind, field.metric)
    if row is None and field.metric:
        unknown = f"Similarity {field.metric[:40]} is not in the tables for this source"
        return None, (f"{unknown}: choose the metric yourself.",)
    if row is None:
        return None, ("No similarity was given: the metric has to be that of the source, or of the model.",)
    if not row["milvus"]:
        return None, (row["score"],)
    said = () if field.metric else (f"No similarity was given: {row['what']} is the default of the source.",)
    return row["milvus"], said


def _too_new(milvus: str | None, target: Place) -> list[str]:
    since = next((row.get("since") for row in table("vts")["codes"] if row["name"] == milvus), None)
    if since and target.version and target.version.order < read_version(since).order:
        return [f"{milvus} needs Milvus {since}; the target is {target.version.full}."]
    return []


def _dimension(field: Field) -> list[str]:
    most = _limit("dimension")
    if field.dim is not None and field.dim > most:
        raise ToolInputError(
            f"{field.name} has dimension {field.dim:,}.",
            f"Milvus takes at most {most:,}: shorten the vectors first.",
        )
    sparse = bool(re.search("sparse", field.type))
    return [] if field.dim or sparse else ["No dimension was given: write it as dense_vector(768,cosine)."]


def mapped_json(one: Mapped) -> dict[str, Any]:
    """Return a mapped field as plain JSON values; `max_length_bytes` is in bytes."""
    return {
        "name": one.field.name,
        "from_type": one.field.type if not one.field.element else f"array({one.field.element})",
        "milvus_type": one.milvus,
        "element_type": one.element,
        "dim": one.field.dim if one.vector else None,
        "metric": one.metric,
        "max_length_bytes": one.max_length,
        "primary_key": one.primary,
        "known": one.known,
        "notes": list(one.notes),
    }


def score_changes(source: Place, mapped: tuple[Mapped, ...]) -> list[str]:
    """Return what changes in scores, for the metrics of the fields; for all of the source without any."""
    system = _METRICS_OF.get(source.kind, source.kind)
    rows = [row for row in table("migration_types")["metrics"] if row["system"] == system]
    vectors = [one for one in mapped if one.vector]
    if vectors:
        found = [metric_row(source.kind, one.field.metric) for one in vectors]
        return list(dict.fromkeys(f"{row['what']}: {row['score']}" for row in found if row))
    seen: dict[str, str] = {}
    for row in rows:
        seen.setdefault(row["score"], row["what"])
    return [f"{what}: {score}" for score, what in seen.items()]
