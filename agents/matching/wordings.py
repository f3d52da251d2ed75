"""Entries by their wordings and by their questions: looked up, so that a draft is not compared with all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from threadlore.faq_files import normal_question
from threadlore.types import FaqEntry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 256
"""Questions compared with all wordings at a time, which bounds memory."""

_ROUNDING = 1e-4
"""A product of matrices rounds otherwise than one of vectors: what is near the bound is computed again."""


def wordings(entry: FaqEntry) -> tuple[str, ...]:
    """Return the question of an entry and its paraphrases."""
    return (entry.question, *entry.paraphrases)


class WordingIndex:
    """Finds entries by a wording (the same letters, or a cosine of at least `least`) and by questions.

    `vectors` are of length one, by wording; `asked` are the questions that will be looked up.
    """

    def __init__(
        self, vectors: Mapping[str, NDArray[np.float32]], asked: Iterable[str], least: float
    ) -> None:
        self._near = _near(vectors, sorted(set(asked) & vectors.keys()), least)
        self._holders: dict[str, set[str]] = defaultdict(set)
        self._same: dict[str, set[str]] = defaultdict(set)
        self._asking: dict[str, set[str]] = defaultdict(set)

    def put(self, entry: FaqEntry, before: FaqEntry | None) -> None:
        """Take in an entry in place of what it was `before`; a merged one is found by questions alone."""
        for old in [before] if before else []:
            for text in wordings(old):
                self._holders[text].discard(old.id)
                self._same[normal_question(text)].discard(old.id)
            for key in old.question_ids:
                self._asking[key].discard(old.id)
        for key in entry.question_ids:
            self._asking[key].add(entry.id)
        for text in () if entry.merged_into else wordings(entry):
            self._holders[text].add(entry.id)
            self._same[normal_question(text)].add(entry.id)

    def like(self, question: str) -> dict[str, float]:
        """Return by entry how like its nearest wording is, for those that are like enough."""
        found: dict[str, float] = {}
        for text, cosine in self._near.get(question, ()):
            for key in self._holders.get(text, ()):
                found[key] = max(cosine, found.get(key, cosine))
        return found | dict.fromkeys(self._same.get(normal_question(question), ()), 1.0)

    def sharing(self, question_ids: Iterable[str]) -> Counter[str]:
        """Return by entry how many of the questions it was made from."""
        return Counter(key for one in question_ids for key in self._asking.get(one, ()))


def _near(
    vectors: Mapping[str, NDArray[np.float32]], asked: list[str], least: float
) -> dict[str, list[tuple[str, float]]]:
    """Return for each question asked the wordings with a cosine of at least `least`."""
    import numpy as np

    if not asked:
        return {}
    texts = sorted(vectors)
    matrix = np.stack([vectors[text] for text in texts])
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for start in range(0, len(asked), _BLOCK):
        block = asked[start : start + _BLOCK]
        scores = np.stack([vectors[text] for text in block]) @ matrix.T
        for row, column in np.argwhere(scores >= least - _ROUNDING).tolist():
            cosine = float(vectors[block[row]] @ matrix[column])
            if cosine >= least:
                found[block[row]].append((texts[column], cosine))
    return found
