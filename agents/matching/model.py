"""The fitted model of matching: which entry a question means, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from threadlore.agents.matching.features import (
    PAIR_FEATURES,
    SURE_FEATURES,
    Questions,
    pair_features,
    sure_features,
)
from threadlore.agents.matching.index import FaqIndex, LexicalQuery

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


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a confidence means in one FAQ: logit * scale + shift."""

    scale: float = 1.0
    shift: float = 0.0


@cache
def fitted_weights() -> Weights:
    """Return the weights that ship with the package."""
    text = resources.files("threadlore.agents.matching").joinpath("weights.json").read_text("utf-8")
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
    calibration: Calibration | None = None,
    limit: int = 20,
    only: Sequence[frozenset[int] | None] | None = None,
    without: Mapping[int, int] | None = None,
) -> list[Ranking]:
    """Rank the entries of `index` for each question.

    Args:
        index: the FAQ.
        questions: what is asked.
        calibration: what a confidence means in this FAQ.
        limit: length of a ranking.
        only: for each question the positions of the entries that may be ranked; None or none for all.
        without: for some questions, by position, the position of an entry that does not exist for it.
    """
    import numpy as np

    meaning = calibration or Calibration()
    found: list[Ranking] = []
    for best in _scored(index, questions, only, without):
        if best is None:
            found.append(Ranking((), 0.0))
            continue
        order = np.lexsort((best.keep, -best.scores))[:limit]
        column = dict(zip(PAIR_FEATURES, best.pairs[order[0]], strict=True))
        logit = best.logit * meaning.scale + meaning.shift
        found.append(
            Ranking(
                entries=tuple((index.entry_ids[int(best.keep[i])], float(best.scores[i])) for i in order),
                confidence=float(1 / (1 + np.exp(-logit))),
                cosine=float(column["cosine_best"]),
                words=float(column["words_cosine"]),
            )
        )
    return found


def logits(
    index: FaqIndex, questions: Questions, without: Mapping[int, int] | None = None
) -> list[tuple[int | None, float]]:
    """Return the position of the first entry and the logit of its confidence, for each question."""
    return [
        (None, 0.0) if best is None else (int(best.keep[best.scores.argmax()]), best.logit)
        for best in _scored(index, questions, None, without)
    ]


@dataclass(frozen=True, slots=True)
class _Best:
    """The entries of one question: positions, pair features, scores, and the first one's logit."""

    keep: NDArray[np.int64]
    pairs: Floats
    scores: Floats
    logit: float


def _scored(
    index: FaqIndex,
    questions: Questions,
    only: Sequence[frozenset[int] | None] | None,
    without: Mapping[int, int] | None,
) -> Iterator[_Best | None]:
    import numpy as np

    step = max(1, BATCH_CELLS // max(1, len(index.texts)))
    for start in range(0, len(questions.texts), step):
        part = Questions(
            questions.texts[start : start + step],
            questions.vectors[start : start + step],
            questions.heads[start : start + step],
        )
        scored = pair_features(index, part)
        for offset, pairs in enumerate(scored.pairs):
            number = start + offset
            keep = np.arange(len(pairs))
            if without and number in without:
                keep = keep[keep != without[number]]
            allowed = only[number] if only else None
            yield _best(index, pairs, keep, scored.lexical[offset], allowed)


def _best(
    index: FaqIndex,
    pairs: Floats,
    keep: NDArray[np.int64],
    query: LexicalQuery,
    allowed: frozenset[int] | None,
) -> _Best | None:
    import numpy as np

    if not len(keep):
        return None
    weights = fitted_weights()
    near = pairs[keep]
    scores = near @ np.asarray(weights.pair, np.float32)
    if allowed:
        scores = np.where(np.isin(keep, list(allowed)), scores, scores.min() - 10)
    sure = sure_features(index, near, scores, query, keep)
    return _Best(keep, near, scores, float(sure @ np.asarray(weights.sure, np.float32)) + weights.intercept)
