"""Indexes of the scalar fields that filters use, and the partition key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from threadlore.tools.indexing.case import Case, FilterField, read_fields
from threadlore.tools.indexing.facts import has, row, show_version, threshold
from threadlore.tools.tables import table

_KEY_TYPES = ("INT64", "VARCHAR")


@dataclass(frozen=True, slots=True)
class ScalarIndex:
    """The index of a scalar field; an empty `index` where the version has none for it."""

    field: FilterField
    index: str
    why: str
    partition_key: bool = False


def _suits(case: Case, field: FilterField, one: dict[str, Any]) -> bool:
    if field.type not in one["types"] or field.use not in one["uses"]:
        return False
    if case.lite:
        return bool(one["index"] == "INVERTED" and field.type != "JSON")
    few = one.get("most_distinct")
    if few is not None and (field.distinct is None or field.distinct >= few) and field.type != "BOOL":
        return False
    return has(case.version, one["since"]) and not ("before" in one and has(case.version, one["before"]))


def _tenant(case: Case, field: FilterField) -> ScalarIndex:
    if case.lite:
        return ScalarIndex(
            field, "", "partition key: Milvus Lite spreads it over 16 buckets", partition_key=True
        )
    why = "partition key: a search with its value reads only the partitions that hold it, 16 by default"
    return ScalarIndex(field, "", why, partition_key=True)


def scalar_indexes(case: Case) -> tuple[ScalarIndex, ...]:
    """Return the index of each field that filters use.

    Raises:
        ToolInputError: a field is not readable.
    """
    found = []
    for field in read_fields(case):
        if field.use == "tenant" and field.type in _KEY_TYPES:
            found.append(_tenant(case, field))
            continue
        plain = (
            FilterField(field.name, field.type, "equals", field.distinct) if field.use == "tenant" else field
        )
        one = next((one for one in table("indexes")["scalar_indexes"] if _suits(case, plain, one)), None)
        where = "Milvus Lite" if case.lite else f"Milvus {show_version(case.version)}"
        why = (
            one["why"] if one else f"{where} has no index for {field.use} on {field.type}: every row is read"
        )
        if field.use == "tenant":
            why += f"; a partition key must be {' or '.join(_KEY_TYPES)}"
        found.append(ScalarIndex(field, one["index"] if one else "", why))
    return tuple(found)


def general_rules(case: Case) -> list[str]:
    """Return which scalar index suits what, for a case whose fields are not known."""
    few = threshold("bitmap_distinct")
    rules = []
    if case.lite:
        return ["index fields that filters use: INVERTED"]
    if has(case.version, row("scalar_indexes_since", "INVERTED")["since"]):
        rules.append("INVERTED on fields that filters use")
    if has(case.version, row("scalar_indexes_since", "BITMAP")["since"]):
        rules.append(f"BITMAP where a field has fewer than {few:,.0f} different values")
    rules.append("STL_SORT for ranges of numbers")
    if has(case.version, row("scalar_indexes_since", "NGRAM")["since"]):
        rules.append("NGRAM for LIKE '%words%'")
    return [", ".join(rules), "a partition key where nearly every search asks for one tenant"]
