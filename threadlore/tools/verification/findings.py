"""What a comparison found, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from threadlore.tools.verification.keys import MOST_SHOWN, Key, Keys
from threadlore.tools.verification.schemas import SchemaFindings


@dataclass(frozen=True, slots=True)
class KeyFindings:
    """Keys of the source that the target lacks, and the other way round. None where not all were read."""

    missing: tuple[Key, ...]
    extra: tuple[Key, ...]
    compared_all: bool
    source: Keys
    target: Keys
    source_duplicated: tuple[Key, ...] = ()
    target_duplicated: tuple[Key, ...] = ()


@dataclass(slots=True)
class SampleFindings:
    """How a sample of rows compares, by field: (different, rescaled), and the first keys of each."""

    rows: int = 0
    different: dict[str, list[Key]] = field(default_factory=dict)
    rescaled: dict[str, list[Key]] = field(default_factory=dict)
    absent: list[Key] = field(default_factory=list)
    nan: int = 0


@dataclass(frozen=True, slots=True)
class SearchFindings:
    """The mean share of the first `k` hits that both sides give, for a vector field."""

    field: str
    queries: int
    k: int
    overlap: float
    worst: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that was compared; `least_overlap` is the share from which search counts as the same."""

    source: str
    target: str
    schema: SchemaFindings
    keys: KeyFindings
    sample: SampleFindings
    searches: tuple[SearchFindings, ...]
    least_overlap: float
    seed: int
    notes: tuple[str, ...] = ()

    def problems(self) -> list[str]:
        """Return what differs, a sentence each; empty where the target is a faithful copy."""
        found = [f"Schema: {one}." for one in self.schema.differences]
        found += self._count_problems()
        found += _key_problems(self.keys)
        found += _sample_problems(self.sample)
        for one in self.searches:
            if one.overlap < self.least_overlap:
                found.append(
                    f"Search: of the first {one.k} hits on {one.field} {one.overlap:.1%} are the same over "
                    f"{one.queries} queries, fewer than {self.least_overlap:.0%}."
                )
        return found

    def _count_problems(self) -> list[str]:
        one, other = self.keys.source.rows, self.keys.target.rows
        return [] if one == other else [f"Count: {one:,} rows in the source, {other:,} in the target."]


def _shown(keys: tuple[Key, ...] | list[Key]) -> str:
    more = f" and {len(keys) - MOST_SHOWN:,} more" if len(keys) > MOST_SHOWN else ""
    return ", ".join(map(str, keys[:MOST_SHOWN])) + more


def _key_problems(keys: KeyFindings) -> list[str]:
    found = []
    if keys.missing:
        found.append(f"Missing: {len(keys.missing):,} keys are in the source alone: {_shown(keys.missing)}.")
    if keys.extra:
        found.append(f"Extra: {len(keys.extra):,} keys are in the target alone: {_shown(keys.extra)}.")
    for side, one, twice in (
        ("source", keys.source, keys.source_duplicated),
        ("target", keys.target, keys.target_duplicated),
    ):
        if one.duplicates:
            named = f": {_shown(twice)}" if twice else ""
            found.append(
                f"Duplicates: {one.duplicates:,} rows of the {side} have a key that another row has{named}."
            )
    return found


def _sample_problems(sample: SampleFindings) -> list[str]:
    found = []
    if sample.absent:
        found.append(
            f"Sample: {len(sample.absent):,} rows cannot be fetched from the target: {_shown(sample.absent)}."
        )
    for name, keys in sample.different.items():
        found.append(
            f"Values: {name} differs in {len(keys):,} of {sample.rows:,} sampled rows: {_shown(keys)}."
        )
    for name, keys in sample.rescaled.items():
        found.append(
            f"Vectors: {name} has another length but the same direction in {len(keys):,} of {sample.rows:,} "
            "sampled rows: one side normalises. COSINE finds the same, L2 and IP do not."
        )
    return found


def summary(comparison: Comparison) -> str:
    """Return the comparison for a person, in Markdown."""
    problems = comparison.problems()
    keys, sample = comparison.keys, comparison.sample
    head = "Different" if problems else "The same, as far as it was compared"
    lines = [f"**{head}**: {comparison.source} -> {comparison.target}", ""]
    lines += [f"- {one}" for one in problems]
    compared = "all keys" if keys.compared_all else "not all keys (see the notes)"
    lines.append(
        f"Compared: {keys.source.rows:,} and {keys.target.rows:,} rows, {compared}, {sample.rows:,} rows "
        f"field by field (seed {comparison.seed})."
    )
    lines += [
        f"Search on {one.field}: {one.overlap:.1%} of {one.k} hits are the same over {one.queries} queries."
        for one in comparison.searches
    ]
    return "\n".join(lines)


def result(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain JSON values."""
    keys, sample = comparison.keys, comparison.sample
    return {
        "same": not comparison.problems(),
        "reached": True,
        "source": comparison.source,
        "target": comparison.target,
        "problems": comparison.problems(),
        "counts": {"source": keys.source.rows, "target": keys.target.rows},
        "keys": {
            "compared_all": keys.compared_all,
            "missing": len(keys.missing),
            "extra": len(keys.extra),
            "missing_keys": list(keys.missing[:MOST_SHOWN]),
            "extra_keys": list(keys.extra[:MOST_SHOWN]),
            "source_duplicates": keys.source.duplicates,
            "target_duplicates": keys.target.duplicates,
            "source_duplicated_keys": list(keys.source_duplicated),
            "target_duplicated_keys": list(keys.target_duplicated),
        },
        "sample": {
            "rows": sample.rows,
            "seed": comparison.seed,
            "different": {name: len(found) for name, found in sample.different.items()},
            "different_keys": {name: found[:MOST_SHOWN] for name, found in sample.different.items()},
            "rescaled": {name: len(found) for name, found in sample.rescaled.items()},
            "absent": len(sample.absent),
            "nan_values": sample.nan,
        },
        "search": [
            {
                "field": one.field,
                "queries": one.queries,
                "k": one.k,
                "overlap_share": one.overlap,
                "worst_share": one.worst,
            }
            for one in comparison.searches
        ],
        "schema": {
            "differences": list(comparison.schema.differences),
            "notes": list(comparison.schema.notes),
        },
        "notes": list(comparison.notes),
    }
