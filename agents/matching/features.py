"""What matching measures between a question and an entry, and how sure the best entry looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadlore.agents.matching.index import FaqIndex, LexicalQuery

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_SHARPNESS = 20.0
_LONG = 50
_BM25_TOP = 2.2

PAIR_FEATURES = (
    "cosine_best",
    "cosine_centroid",
    "cosine_soft",
    "white_best",
    "white_centroid",
    "words_cosine",
    "bm25_share",
    "bm25_relative",
    "answer_cosine",
    "answer_bm25",
    "head_cosine",
    "long_x_cosine_best",
    "long_x_words_cosine",
    "long_x_bm25_share",
    "long_x_bm25_relative",
    "many_x_cosine_best",
    "many_x_cosine_centroid",
    "many_x_white_centroid",
)
"""Between a question and an entry. `long_x_` grows with the question, `many_x_` with the phrasings."""

SURE_FEATURES = (
    "cosine_best",
    "cosine_centroid",
    "white_best",
    "white_centroid",
    "words_cosine",
    "bm25_share",
    "answer_cosine",
    "score_margin",
    "share_of_first",
    "cosine_margin",
    "white_margin",
    "crowd",
    "standing",
    "unknown_words",
    "long",
    "many",
    "neighbour",
)
"""About the best entry of a question."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions to match. `heads` are vectors of their first lines, equal to `vectors` for short ones."""

    texts: Sequence[str]
    vectors: Floats
    heads: Floats


@dataclass(frozen=True, slots=True)
class Scored:
    """Pair features of some questions with every entry.

    `pairs` has shape (questions, entries, len(PAIR_FEATURES)); `lexical` are the questions' words.
    """

    pairs: Floats
    lexical: Sequence[LexicalQuery]


def _by_entry(index: FaqIndex, scores: Floats) -> Floats:
    """Return the best of each entry's phrasings, shape (questions, entries)."""
    import numpy as np

    return np.asarray(np.maximum.reduceat(scores, index.starts, axis=1))


def _relative(scores: Floats) -> Floats:
    import numpy as np

    top = scores.max(axis=1, keepdims=True)
    return np.asarray(np.where(top > 0, scores / np.maximum(top, 1e-9), 0), np.float32)


def _gain(index: FaqIndex, gain: Floats, has_answer: NDArray[np.bool_]) -> Floats:
    """Return what the answer adds to the best phrasing, 0 without an answer.

    That it adds nothing speaks against an entry with one phrasing, and hardly against one with many.
    """
    import numpy as np

    softened = np.where(gain > 0, gain, gain / np.maximum(index.counts, 1))
    return np.asarray(np.where(has_answer, softened, 0), np.float32)


def _dense(index: FaqIndex, questions: Questions) -> dict[str, Floats]:
    import numpy as np

    sims = questions.vectors @ index.vectors.T
    soft = np.add.reduceat(np.exp(_SHARPNESS * (sims - 1)), index.starts, axis=1) / index.counts
    white = index.whiten(questions.vectors)
    best = _by_entry(index, sims)
    has_answer = np.abs(index.answers).sum(axis=1) > 0
    return {
        "cosine_best": best,
        "cosine_centroid": questions.vectors @ index.centroids.T,
        "cosine_soft": np.asarray(np.log(np.maximum(soft, 1e-12)) / _SHARPNESS + 1, np.float32),
        "white_best": _by_entry(index, white @ index.white_vectors.T),
        "white_centroid": white @ index.white_centroids.T,
        "answer_cosine": _gain(index, questions.vectors @ index.answers.T - best, has_answer),
        "head_cosine": np.maximum(_by_entry(index, questions.heads @ index.vectors.T) - best, 0),
    }


def _lexical(index: FaqIndex, queries: Sequence[LexicalQuery], texts: Sequence[str]) -> dict[str, Floats]:
    import numpy as np

    bm25 = _by_entry(index, index.lexicon.bm25(queries))
    mass = np.asarray([max(query.mass, 1e-9) for query in queries], np.float32)[:, None]
    relative = _relative(bm25)
    answer = np.zeros_like(relative)
    if any(index.answer_texts):
        found = index.answer_lexicon.bm25([index.answer_lexicon.query(text) for text in texts])
        has_answer = np.asarray([bool(text) for text in index.answer_texts])
        answer = _gain(index, _relative(found) - relative, has_answer)
    return {
        "words_cosine": _by_entry(index, index.lexicon.cosine(queries)),
        "bm25_share": bm25 / (mass * _BM25_TOP),
        "bm25_relative": relative,
        "answer_bm25": answer,
    }


def long_of(query: LexicalQuery) -> float:
    """Return how long a question is: 0 for none, 1 for fifty distinct words."""
    return min(1.5, math.log1p(query.length) / math.log1p(_LONG))


def pair_features(index: FaqIndex, questions: Questions) -> Scored:
    """Return the features of every question with every entry of `index`."""
    import numpy as np

    queries = [index.lexicon.query(text) for text in questions.texts]
    named = _dense(index, questions) | _lexical(index, queries, questions.texts)
    long = np.asarray([long_of(query) for query in queries], np.float32)[:, None]
    many = (1 - 1 / np.maximum(index.counts, 1)).astype(np.float32)[None, :]
    columns = []
    for name in PAIR_FEATURES:
        if name.startswith("long_x_"):
            columns.append(named[name.removeprefix("long_x_")] * long)
        elif name.startswith("many_x_"):
            columns.append(named[name.removeprefix("many_x_")] * many)
        else:
            columns.append(named[name])
    return Scored(np.stack(columns, axis=-1).astype(np.float32), queries)


def _margin(values: Floats, first: int) -> float:
    """Return how far the value of `first` lies above the best other one; 0 where there is none."""
    import numpy as np

    if len(values) < 2:
        return 0.0
    return float(values[first] - np.delete(values, first).max())


def sure_features(
    index: FaqIndex, pairs: Floats, scores: Floats, query: LexicalQuery, positions: NDArray[np.int64]
) -> Floats:
    """Return what tells whether the best entry is right.

    Args:
        index: the FAQ.
        pairs: pair features of the question with some entries, shape (entries, features).
        scores: ranking scores of those entries, shape (entries,).
        query: the question's words.
        positions: where those entries stand in `index`, shape (entries,).
    """
    import numpy as np

    first = int(scores.argmax())
    column = dict(zip(PAIR_FEATURES, pairs.T, strict=True))
    cosine = column["cosine_best"]
    top = np.sort(cosine)[-10:]
    spread = float(cosine.std()) or 1.0
    share = 1.0 / float(np.exp(np.minimum(scores - scores[first], 0)).sum())
    named = {
        "score_margin": min(_margin(scores, first), 10.0),
        "share_of_first": share,
        "cosine_margin": _margin(cosine, first),
        "white_margin": _margin(column["white_centroid"], first),
        "crowd": float(top.mean()),
        "standing": min(float(cosine[first] - cosine.mean()) / spread, 8.0) if len(cosine) > 2 else 0.0,
        "unknown_words": query.unknown,
        "long": long_of(query),
        "many": 1 - 1 / float(index.counts[positions[first]]),
        "neighbour": float(index.neighbour[positions[first]]),
    }
    values = [named[n] if n in named else float(column[n][first]) for n in SURE_FEATURES]
    return np.asarray(values, np.float32)
