"""Whether a migration is faithful: two endpoints of Milvus are read and compared. It writes to neither.

This is the one tool that reaches out. It imports pymilvus when it is called.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from threadlore.tools.base import Tool, ToolInputError, ToolResult, argument
from threadlore.tools.tables import facts_version
from threadlore.tools.verification.findings import (
    Comparison,
    KeyFindings,
    SampleFindings,
    SearchFindings,
    result,
    summary,
)
from threadlore.tools.verification.keys import Key, Keys, duplicated
from threadlore.tools.verification.schemas import Collection, FieldSchema, compare_schemas
from threadlore.tools.verification.values import compare
from threadlore.tools.verify_migration_endpoint import Endpoint, Unreachable, masked, read_token

CANNOT_REACH = 3
"""Exit code where a side cannot be read, as for everything that may work later."""

TIE = 1e-5
"""Relative difference of scores below which the order of two hits is chance."""


@dataclass(frozen=True, slots=True)
class VerifyArguments:
    """Arguments of `verify-migration`."""

    source: str = argument(
        "Where the data came from: http://host:19530, or the path of a Milvus Lite directory.",
        ask="What is the URI of the source?",
    )
    target: str = argument("Where it went: a URI, or a path.", ask="What is the URI of the target?")
    collection: str = argument("Collection of the source.", ask="Which collection?")
    target_collection: str = argument("Collection of the target, where it has another name.", "")
    sample: int = argument(
        "Rows that are compared field by field.", 1000, unit="count", limits=(1, 1_000_000)
    )
    seed: int = argument("Seed of the sample.", 7, limits=(0, 2**63 - 1))
    queries: int = argument("Searches that are compared; 0 for none.", 50, limits=(0, 1000))
    k: int = argument("Hits of a search that are compared.", 10, limits=(1, 1000))
    least_overlap: float = argument(
        "Share of hits that have to be the same.", 0.95, unit="share", limits=(0, 1)
    )
    most_keys: int = argument(
        "Keys that are read, at most; beyond it keys are compared by sample. A million takes 200 MB.",
        1_000_000,
        unit="count",
        limits=(1, 100_000_000),
    )
    source_token_env: str = argument(
        "Variable of the environment with the source's user:password or API key.", ""
    )
    target_token_env: str = argument(
        "Variable of the environment with the target's user:password or API key.", ""
    )
    source_database: str = argument("Database of the source.", "default")
    target_database: str = argument("Database of the target.", "default")


@dataclass(frozen=True, slots=True)
class _Side:
    endpoint: Endpoint
    collection: Collection

    @property
    def primary(self) -> FieldSchema:
        return self.collection.primary


def verify_migration(case: VerifyArguments) -> ToolResult:
    """Return how the target compares with the source; exit code 0 same, 1 different, 3 cannot be reached.

    Raises:
        ToolInputError: an argument is wrong, a collection is not there or not loaded.
    """
    name = case.target_collection or case.collection
    same_place = (case.source.rstrip("/"), case.source_database) == (
        case.target.rstrip("/"),
        case.target_database,
    )
    if same_place and name == case.collection:
        raise ToolInputError("Source and target are the same collection.", "Name two.")
    source_token = read_token("source", case.source_token_env)
    target_token = read_token("target", case.target_token_env)
    try:
        with ExitStack() as open_ends:
            ends = [
                open_ends.enter_context(closing(Endpoint(*one)))
                for one in (
                    ("source", case.source, source_token, case.source_database, case.collection),
                    ("target", case.target, target_token, case.target_database, name),
                )
            ]
            found = _compare(case, *(_Side(one, one.describe()) for one in ends))
    except Unreachable as error:
        return _unreachable(case, error)
    notes = (*found.schema.notes, *found.notes)
    return ToolResult(summary(found), result(found), notes, _VERSION, exit_code=1 if found.problems() else 0)


def _unreachable(case: VerifyArguments, error: Unreachable) -> ToolResult:
    values = {"same": None, "reached": False, "source": masked(case.source), "target": masked(case.target)}
    text = f"**Cannot be compared**: {error}"
    return ToolResult(
        text, values | {"problems": [str(error)]}, (error.hint,), _VERSION, exit_code=CANNOT_REACH
    )


def _compare(case: VerifyArguments, source: _Side, target: _Side) -> Comparison:
    notes: list[str] = []
    keys = _compare_keys(case, source, target, notes)
    chosen = _choose(case, keys.source.found)
    rows = source.endpoint.rows(source.primary, chosen)
    sample = _compare_rows(source, target, rows, set(keys.missing))
    if sample.nan:
        notes.append(
            f"{sample.nan:,} sampled vectors hold NaN: Milvus Lite takes them, a server refuses them."
        )
    searches = _compare_searches(case, source, target, rows, notes)
    return Comparison(
        f"{masked(case.source)} {case.collection}",
        f"{masked(case.target)} {case.target_collection or case.collection}",
        compare_schemas(source.collection, target.collection),
        keys,
        sample,
        searches,
        case.least_overlap,
        case.seed,
        tuple(notes),
    )


def _choose(case: VerifyArguments, keys: Sequence[Key]) -> list[Key]:
    chosen = random.Random(case.seed).sample(range(len(keys)), min(case.sample, len(keys)))  # noqa: S311
    return [keys[at] for at in sorted(chosen)]


def _in_form_of(key: Key, primary: FieldSchema) -> Key:
    """Return a key as the other side holds it: ids are often moved from numbers to text."""
    if primary.type == "VARCHAR":
        return str(key)
    text = str(key)
    return int(text) if text.lstrip("-").isdigit() else key


def _compare_keys(case: VerifyArguments, source: _Side, target: _Side, notes: list[str]) -> KeyFindings:
    mine = source.endpoint.keys(source.primary, case.most_keys)
    theirs = target.endpoint.keys(target.primary, case.most_keys)
    if mine.complete and theirs.complete:
        moved = {_in_form_of(key, target.primary): key for key in mine.found}
        there = set(theirs.found)
        missing = tuple(key for form, key in moved.items() if form not in there)
        extra = tuple(key for key in theirs.found if key not in moved)
        return KeyFindings(missing, extra, True, mine, theirs, _twice(source, mine), _twice(target, theirs))
    notes.append(
        f"There are more than {case.most_keys:,} keys: the first that came were looked up on the other side, "
        "and duplicates were not counted. Raise --most-keys to compare all."
    )
    missing = _looked_up(case, mine, target)
    extra = _looked_up(case, theirs, source)
    return KeyFindings(missing, extra, False, mine, theirs)


def _looked_up(case: VerifyArguments, keys: Keys, other: _Side) -> tuple[Key, ...]:
    """Return which of a sample of keys the other side lacks."""
    chosen = _choose(case, keys.found)
    there = other.endpoint.rows(other.primary, [_in_form_of(key, other.primary) for key in chosen])
    return tuple(key for key in chosen if _in_form_of(key, other.primary) not in there)


def _twice(side: _Side, keys: Keys) -> tuple[Key, ...]:
    if not keys.duplicates:
        return ()
    return tuple(duplicated(side.primary.name, keys.found, keys.rows, side.endpoint.count))


def _compare_rows(
    source: _Side, target: _Side, rows: Mapping[Key, list[dict[str, Any]]], missing: set[Key]
) -> SampleFindings:
    there = {_in_form_of(key, target.primary): key for key in rows if key not in missing}
    others = target.endpoint.rows(target.primary, list(there))
    types = {one.name: one.type for one in source.collection.fields}
    their_types = {one.name: one.type for one in target.collection.fields}
    found = SampleFindings(rows=len(there))
    for form, key in there.items():
        if form not in others:
            found.absent.append(key)
            continue
        for name in _compared_names(source, target, rows[key][0], others[form][0]):
            kind, their_kind = types.get(name, "JSON"), their_types.get(name, "JSON")
            # Of duplicates any may be the row that was moved.
            outcomes = {
                compare(one.get(name), other.get(name), kind, their_kind)
                for one in rows[key]
                for other in others[form]
            }
            if "same" not in outcomes:
                kept = found.rescaled if "rescaled" in outcomes else found.different
                kept.setdefault(name, []).append(key)
        found.nan += sum(_has_nan(rows[key][0].get(one.name)) for one in source.collection.vectors)
    return found


def _compared_names(
    source: _Side, target: _Side, row: Mapping[str, Any], other: Mapping[str, Any]
) -> list[str]:
    """Return the fields of both sides but the key, and the keys of the dynamic field that either row has."""
    schema = {one.name for one in source.collection.fields}
    both = schema & {one.name for one in target.collection.fields}
    names = both - {source.primary.name, target.primary.name}
    if source.collection.dynamic or target.collection.dynamic:
        names |= (row.keys() | other.keys()) - schema - {target.primary.name}
        names |= schema & (other.keys() - both) - {source.primary.name}
    return sorted(name for name in names if not name.startswith("$"))


def _has_nan(value: object) -> bool:
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        return False
    return any(isinstance(one, float) and math.isnan(one) for one in value)


def _compare_searches(
    case: VerifyArguments,
    source: _Side,
    target: _Side,
    rows: Mapping[Key, list[dict[str, Any]]],
    notes: list[str],
) -> tuple[SearchFindings, ...]:
    if not case.queries:
        return ()
    found = []
    for one in source.collection.vectors:
        mine, theirs = source.collection.indexes.get(one.name), target.collection.indexes.get(one.name)
        if one.type != "FLOAT_VECTOR" or mine is None or theirs is None:
            notes.append(
                f"Search on {one.name} was not compared: it is {one.type}, or lacks an index on one side."
            )
            continue
        vectors = [list(row[0][one.name]) for row in rows.values() if row[0].get(one.name) is not None]
        vectors = [vector for vector in vectors if not _has_nan(vector)][: case.queries]
        if not vectors:
            continue
        hits = source.endpoint.search(one.name, vectors, case.k, mine.metric, mine.type)
        others = target.endpoint.search(one.name, vectors, case.k, theirs.metric, theirs.type)
        same_metric = mine.metric == theirs.metric
        shares = [
            _overlap(
                [(_in_form_of(key, target.primary), score) for key, score in a], b, same_metric=same_metric
            )
            for a, b in zip(hits, others, strict=True)
        ]
        found.append(SearchFindings(one.name, len(vectors), case.k, sum(shares) / len(shares), min(shares)))
    return tuple(found)


def _overlap(
    hits: Sequence[tuple[Key, float]], others: Sequence[tuple[Key, float]], *, same_metric: bool
) -> float:
    """Return the share of hits that are the same; hits that tie with the last may stand for one another."""
    if not hits or not others:
        return 1.0 if not hits and not others else 0.0
    keys = {key for key, _ in hits}
    last = hits[-1][1]
    tied = TIE * max(1.0, abs(last))
    fitting = {key for key, score in others if key in keys or (same_metric and abs(score - last) <= tied)}
    return min(1.0, len(fitting) / max(len(keys), len({key for key, _ in others})))


_VERSION = facts_version("migration")

TOOL = Tool(
    name="verify-migration",
    title="Check of a migration",
    description="Reads two Milvus collections and compares counts, keys, duplicates, a seeded sample field "
    "by field, schema, metric and search results. Exit code 0 same, 1 different, 3 cannot be reached.",
    arguments=VerifyArguments,
    run=verify_migration,
    facts_version=_VERSION,
    pure=False,
)
