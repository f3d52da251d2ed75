"""Fit the area weights of a profile: threads with a label, and example questions of our own.

    python benchmarks/fit_labels.py --labelled a.jsonl.gz --labelled b.jsonl.gz \
        --ambiguous c.jsonl.gz --examples benchmarks/labels/milvus.toml \
        --out threadlore/profiles/milvus/labels.json

Prints accuracy and macro F1 of a cross-validation in which whole topics (`query`, else `group`) are
held out, then fits on everything. The patterns were written by a person who had seen the labelled
threads, so the figures flatter; only data that nobody has seen tells the truth.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from threadlore.agents.naming.areas import features_of
from threadlore.bench.io import read_rows
from threadlore.bench.label import row_text
from threadlore.embedders import load_embedder

AMBIGUOUS_WEIGHT, EXAMPLE_WEIGHT = 0.5, 0.7
KEYWORD_SCALE, STRENGTH, FOLDS = 0.4, 4.0, 8


@dataclass
class Rows:
    """Training rows: features, area numbers, weights, and the topic each must be held out with."""

    features: NDArray[np.float64]
    areas: NDArray[np.int64]
    weights: NDArray[np.float64]
    topics: list[str]


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labelled", type=Path, action="append", default=[])
    parser.add_argument("--ambiguous", type=Path, action="append", default=[])
    parser.add_argument("--examples", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    tables = tomllib.loads(given.examples.read_text(encoding="utf-8"))
    names = list(tables)
    patterns = [tables[name]["patterns"] for name in names]
    embedder = load_embedder("local", "")

    def rows_of(texts: list[str]) -> NDArray[np.float64]:
        return features_of(asyncio.run(embedder.embed(texts)), texts, patterns, KEYWORD_SCALE)

    certain = [row for path in given.labelled for row in read_rows(path)]
    open_rows = [row for path in given.ambiguous for row in read_rows(path)]
    examples = [(name, text) for name in names for text in tables[name]["examples"]]
    labelled = _labelled(certain, rows_of([row_text(row) for row in certain]), names)
    ambiguous = _ambiguous(open_rows, rows_of([row_text(row) for row in open_rows]), names)
    own = Rows(
        rows_of([text for _, text in examples]),
        np.array([names.index(name) for name, _ in examples]),
        np.full(len(examples), EXAMPLE_WEIGHT),
        [""] * len(examples),
    )
    for title, used in (("without examples", [labelled, ambiguous]), ("all", [labelled, ambiguous, own])):
        print(title, _cross_validated(labelled, used))
    model = _fit([labelled, ambiguous, own])
    found = {
        "embedding_model": embedder.model,
        "areas": names,
        "patterns": patterns,
        "keyword_scale": KEYWORD_SCALE,
        "weights": np.round(model.coef_, 4).tolist(),
        "bias": np.round(model.intercept_, 4).tolist(),
    }
    given.out.write_text(json.dumps(found, ensure_ascii=False) + "\n", encoding="utf-8")


def _labelled(rows: list[dict[str, Any]], features: NDArray[np.float64], names: list[str]) -> Rows:
    areas = np.array([names.index(row["label"]) for row in rows])
    return Rows(features, areas, np.ones(len(rows)), [_topic(row) for row in rows])


def _ambiguous(rows: list[dict[str, Any]], features: NDArray[np.float64], names: list[str]) -> Rows:
    """Spread the weight of a row over every label it may have."""
    pairs = [(at, name) for at, row in enumerate(rows) for name in row["labels_possible"]]
    weights = [AMBIGUOUS_WEIGHT / len(rows[at]["labels_possible"]) for at, _ in pairs]
    return Rows(
        features[[at for at, _ in pairs]],
        np.array([names.index(name) for _, name in pairs]),
        np.array(weights),
        [_topic(rows[at]) for at, _ in pairs],
    )


def _topic(row: dict[str, Any]) -> str:
    return str(row.get("query") or row.get("group") or row.get("key"))


def _fit(parts: list[Rows], kept: list[NDArray[np.bool_]] | None = None) -> LogisticRegression:
    kept = kept or [np.ones(len(part.areas), dtype=bool) for part in parts]
    model = LogisticRegression(C=STRENGTH, max_iter=5_000, class_weight="balanced")
    return model.fit(
        np.vstack([part.features[keep] for part, keep in zip(parts, kept, strict=True)]),
        np.concatenate([part.areas[keep] for part, keep in zip(parts, kept, strict=True)]),
        sample_weight=np.concatenate([part.weights[keep] for part, keep in zip(parts, kept, strict=True)]),
    )


def _cross_validated(judged: Rows, parts: list[Rows]) -> str:
    topics = sorted({topic for part in parts for topic in part.topics if topic})
    fold = {
        topic: number % FOLDS for number, topic in enumerate(np.random.default_rng(7).permutation(topics))
    }
    predicted = np.zeros(len(judged.areas), dtype=np.int64)
    for number in range(FOLDS):
        kept = [np.array([fold.get(topic) != number for topic in part.topics]) for part in parts]
        held = np.array([fold[topic] == number for topic in judged.topics])
        if held.any():
            predicted[held] = _fit(parts, kept).predict(judged.features[held])
    each = f1_score(judged.areas, predicted, average=None)
    accuracy = float((predicted == judged.areas).mean())
    return (
        f"accuracy {100 * accuracy:.1f}  macro F1 {100 * each.mean():.1f}  per area {np.round(100 * each, 1)}"
    )


if __name__ == "__main__":
    main()
