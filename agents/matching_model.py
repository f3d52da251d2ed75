"""The fitted model of matching: which entry a question means, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from threadlore.agents.matching_features import (
    PAIR_FEATURES,
    SURE_FEATURES,
    Questions,
    pair_features,
    sure_features,
)
from threadlore.agents.matching_index import FaqIndex, LexicalQuery

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

BATCH_CELLS = 4_000_000
"""Questions times phrasings scored at a time: what keeps a batch under about 1 GB."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear ranking of entries, a logistic confidence of the first, and the threshold to answer at."""

    pair: tuple[float, ...]
    sure: tuple[float, ...]
    intercept: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Entries for one question, best first.

    `confidence` is the probability that the first is right. `cosine` and `words` compare the question with
    the best phrasing of the first: by meaning, and by words in common (0 to 1).
    """

    entries: tuple[tuple[str, float], ...]
    confidence: float
    cosine: float = 0.0
    words: float = 0.0


@cache
def fitted_weights() -> Weights:
    """Return the weights that ship with the package."""
    text = resources.files("threadlore.agents").joinpath("matching_weights.json").read_text("utf-8")
    data = json.loads(text)
    return Weights(
        pair=tuple(data["pair"].get(name, 0.0) for name in PAIR_FEATURES),
        sure=tuple(data["sure"].get(name, 0.0) for name in SURE_FEATURES),
        intercept=data["intercept"],
        threshold=data["threshold"],
    )


def rank(
    index: FaqIndex,
    questions: Questions,
    *,
    limit: int = 20,
    only: Sequence[frozenset[int] | None] | None = None,
    without: Mapping[int, int] | None = None,
) -> list[Ranking]:
    """Rank the entries of `index` for each question.

    Args:
        index: the FAQ.
        questions: what is asked.
        limit: length of a ranking.
        only: for each question the positions of the entries that may be ranked; None for all.
        without: for some questions, by position, the position of an entry that does not exist for it.
    """
    weights = fitted_weights()
    step = max(1, BATCH_CELLS // max(1, len(index.texts)))
    found: list[Ranking] = []
    for start in range(0, len(questions.texts), step):
        part = Questions(
            questions.texts[start : start + step],
            questions.vectors[start : start + step],
            questions.heads[start : start + step],
        )
        scored = pair_features(index, part)
        for offset, pairs in enumerate(scored.pairs):
            number = start + offset
            allowed = only[number] if only else None
            gone = without.get(number) if without else None
            found.append(_rank_one(index, pairs, scored.lexical[offset], weights, (limit, allowed, gone)))
    return found


def _rank_one(
    index: FaqIndex,
    pairs: Floats,
    query: LexicalQuery,
    weights: Weights,
    bounds: tuple[int, frozenset[int] | None, int | None],
) -> Ranking:
    import numpy as np

    limit, allowed, gone = bounds
    keep = np.arange(len(pairs))
    if gone is not None:
        keep = keep[keep != gone]
    if not len(keep):
        return Ranking((), 0.0)
    scores = pairs[keep] @ np.asarray(weights.pair, np.float32)
    if allowed:
        scores = np.where(np.isin(keep, list(allowed)), scores, scores.min() - 10)
    order = np.lexsort((keep, -scores))[:limit]
    first = int(order[0])
    sure = sure_features(index, pairs[keep], scores, query, keep)
    logit = float(sure @ np.asarray(weights.sure, np.float32)) + weights.intercept
    column = dict(zip(PAIR_FEATURES, pairs[keep[first]], strict=True))
    return Ranking(
        entries=tuple((index.entry_ids[int(keep[i])], float(scores[i])) for i in order),
        confidence=float(1 / (1 + np.exp(-logit))),
        cosine=float(column["cosine_best"]),
        words=float(column["words_cosine"]),
    )
