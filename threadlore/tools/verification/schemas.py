"""The schema and the indexes of two collections, and where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from threadlore.tools.verification.values import HALF, VECTORS

_NUMBERS = ("dim", "max_length", "max_capacity")


@dataclass(frozen=True, slots=True)
class FieldSchema:
    """A field of a collection. `max_length` is in bytes."""

    name: str
    type: str
    element: str = ""
    dim: int | None = None
    max_length: int | None = None
    max_capacity: int | None = None
    nullable: bool = False
    primary: bool = False
    partition_key: bool = False


@dataclass(frozen=True, slots=True)
class IndexSchema:
    """The index of a field."""

    field: str
    type: str
    metric: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection as its server describes it."""

    fields: tuple[FieldSchema, ...]
    indexes: Mapping[str, IndexSchema] = field(default_factory=dict)
    dynamic: bool = False

    @property
    def primary(self) -> FieldSchema:
        """Return the field of the primary key."""
        return next(one for one in self.fields if one.primary)

    @property
    def vectors(self) -> tuple[FieldSchema, ...]:
        """Return the fields that hold vectors."""
        return tuple(one for one in self.fields if one.type in VECTORS)


@dataclass(frozen=True, slots=True)
class SchemaFindings:
    """What differs, and what is only worth knowing."""

    differences: tuple[str, ...]
    notes: tuple[str, ...]


def compare_schemas(source: Collection, target: Collection) -> SchemaFindings:
    """Return where the target's schema and indexes are not those of the source."""
    theirs = {one.name: one for one in target.fields}
    differences: list[str] = []
    notes: list[str] = []
    for one in source.fields:
        other = theirs.pop(one.name, None)
        if other is None:
            differences.append(f"field {one.name} ({one.type}) is not in the target")
            continue
        differences += _field_differences(one, other)
        notes += _field_notes(one, other)
    notes += [f"field {name} is in the target alone" for name in theirs]
    if source.dynamic and not target.dynamic:
        differences.append("the target has no dynamic field")
    elif target.dynamic and not source.dynamic:
        notes.append("the target alone has a dynamic field")
    for one in source.vectors:
        differences += _index_differences(
            one.name, source.indexes.get(one.name), target.indexes.get(one.name)
        )
        notes += _index_notes(one.name, source.indexes.get(one.name), target.indexes.get(one.name))
    return SchemaFindings(tuple(differences), tuple(notes))


def _field_differences(one: FieldSchema, other: FieldSchema) -> Iterator[str]:
    both_float = {one.type, other.type} <= HALF | {"FLOAT_VECTOR"}
    if one.type != other.type and not both_float:
        yield f"field {one.name} is {one.type} in the source, {other.type} in the target"
    if one.dim != other.dim:
        yield f"field {one.name} has dimension {one.dim} in the source, {other.dim} in the target"
    if one.element != other.element:
        yield f"field {one.name} holds {one.element} in the source, {other.element} in the target"
    if one.primary != other.primary:
        yield f"field {one.name} is the primary key of one side alone"
    for name in ("max_length", "max_capacity"):
        mine, their = getattr(one, name), getattr(other, name)
        if mine is not None and their is not None and their < mine:
            yield f"field {one.name} has {name} {mine} in the source, only {their} in the target"


def _field_notes(one: FieldSchema, other: FieldSchema) -> Iterator[str]:
    if one.type != other.type and {one.type, other.type} <= HALF | {"FLOAT_VECTOR"}:
        yield f"field {one.name} is {one.type} in the source, {other.type} in the target: compared roughly"
    for name in ("max_length", "max_capacity"):
        mine, their = getattr(one, name), getattr(other, name)
        if mine is not None and their is not None and their > mine:
            yield f"field {one.name} has {name} {mine} in the source, {their} in the target"
    for name in ("nullable", "partition_key"):
        if getattr(one, name) != getattr(other, name):
            side = "source" if getattr(one, name) else "target"
            yield f"field {one.name} is {name.replace('_', ' ')} in the {side} alone"


def _index_differences(name: str, one: IndexSchema | None, other: IndexSchema | None) -> Iterator[str]:
    if one and other is None:
        yield f"field {name} has no index in the target"
    if one and other and one.metric != other.metric:
        yield f"field {name} has metric {one.metric} in the source, {other.metric} in the target"


def _index_notes(name: str, one: IndexSchema | None, other: IndexSchema | None) -> Iterator[str]:
    if one and other and one.type != other.type:
        yield f"field {name} has index {one.type} in the source, {other.type} in the target"


def read_collection(description: Mapping[str, Any], indexes: Mapping[str, Mapping[str, Any]]) -> Collection:
    """Return a collection from what the client's describe_collection and describe_index gave.

    Args:
        description: `fields` and `enable_dynamic_field` of describe_collection.
        indexes: what describe_index gave, by the field of the index.
    """
    fields = tuple(_read_field(one) for one in description["fields"])
    found = {
        name: IndexSchema(name, str(row.get("index_type", "")), str(row.get("metric_type", "")).upper())
        for name, row in indexes.items()
    }
    return Collection(fields, found, bool(description.get("enable_dynamic_field")))


def _type_name(value: Any) -> str:
    return str(getattr(value, "name", value) or "")


def _read_field(one: Mapping[str, Any]) -> FieldSchema:
    params = one.get("params") or {}
    sizes = {name: int(params[name]) if params.get(name) not in (None, "") else None for name in _NUMBERS}
    kind = _type_name(one["type"])
    element = _type_name(one.get("element_type")) if kind == "ARRAY" else ""
    return FieldSchema(
        str(one["name"]),
        kind,
        element,
        sizes["dim"],
        sizes["max_length"],
        sizes["max_capacity"],
        bool(one.get("nullable", False)),
        bool(one.get("is_primary", False)),
        bool(one.get("is_partition_key", False)),
    )
