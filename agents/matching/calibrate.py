"""Calibration on the FAQ itself: how the confidence behaves on its own phrasings, each taken out in turn.

A phrasing that is taken out is a question whose answer is known; with its entry taken out too, it is a
question of the same domain that nothing answers. Two numbers are fitted on both: they change no order, only
what a confidence means in this FAQ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadlore.agents.matching.features import Questions
from threadlore.agents.matching.index import FaqIndex, Phrasings
from threadlore.agents.matching.model import Calibration, logits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDS = 3
SAMPLE = 120
"""Phrasings taken out in a fold, at most."""

ENOUGH = 24
"""Phrasings that must be matched right, one taken out at a time, before they say anything."""

UNTOLD = Calibration(1.0, -1.2)
"""For a FAQ with too few phrasings to tell: the usual shift of the public sets, so that it is careful."""

_PRIOR = 5.0
_STEPS = 50


def _without(index: FaqIndex, held: NDArray[np.bool_]) -> tuple[FaqIndex, dict[int, int]]:
    """Return the FAQ without some phrasings, and the new position of each entry that is left."""
    import numpy as np

    kept = np.flatnonzero(~held)
    left = sorted({int(owner) for owner in index.owners[kept]})
    position = {owner: place for place, owner in enumerate(left)}
    smaller = Phrasings(
        entry_ids=tuple(index.entry_ids[owner] for owner in left),
        owners=tuple(position[int(owner)] for owner in index.owners[kept]),
        texts=tuple(index.texts[i] for i in kept),
        vectors=index.vectors[kept],
        answers=index.answers[left],
        answer_texts=tuple(index.answer_texts[owner] for owner in left),
    )
    return FaqIndex(smaller), position


def _fold(index: FaqIndex, held: NDArray[np.bool_]) -> tuple[list[float], list[float]]:
    """Return the logits of right first entries, and those with the right entry taken out."""
    import numpy as np

    smaller, position = _without(index, held)
    chosen = np.flatnonzero(held)
    chosen = chosen[:: max(1, len(chosen) // SAMPLE)]
    questions = Questions([index.texts[i] for i in chosen], index.vectors[chosen], index.vectors[chosen])
    owners = [position.get(int(index.owners[i])) for i in chosen]
    present = logits(smaller, questions)
    absent = logits(smaller, questions, without={n: own for n, own in enumerate(owners) if own is not None})
    right = [logit for (first, logit), own in zip(present, owners, strict=True) if first == own]
    return right, [logit for first, logit in absent if first is not None]


def _fit(right: list[float], gone: list[float]) -> Calibration:
    """Fit scale and shift by Newton steps on the logistic loss, the scale held near 1."""
    import numpy as np

    logit = np.asarray(right + gone)
    truth = np.concatenate([np.ones(len(right)), np.zeros(len(gone))])
    point = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        found = 1 / (1 + np.exp(-np.clip(point[0] * logit + point[1], -30, 30)))
        error, weight = found - truth, found * (1 - found)
        slope = np.array([(error * logit).sum() + 2 * _PRIOR * (point[0] - 1), error.sum()])
        cross = (weight * logit).sum()
        bend = np.array([[(weight * logit**2).sum() + 2 * _PRIOR, cross], [cross, weight.sum() + 1e-6]])
        step = np.linalg.solve(bend, slope)
        point = point - np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-6:
            break
    return Calibration(max(0.2, float(point[0])), float(point[1]))


def calibrate(index: FaqIndex) -> Calibration:
    """Return what a confidence means in this FAQ; careful where it has too few phrasings."""
    import numpy as np

    if len(index.entry_ids) < 3 or int((index.counts > 1).sum()) < 3:
        return UNTOLD
    place = np.arange(len(index.owners)) - index.starts[index.owners]
    several = index.counts[index.owners] > 1
    right: list[float] = []
    gone: list[float] = []
    for fold in range(FOLDS):
        held = several & ((place + index.owners) % FOLDS == fold)
        if not held.any():
            continue
        more_right, more_gone = _fold(index, held)
        right += more_right
        gone += more_gone
    return _fit(right, gone) if len(right) >= ENOUGH and len(gone) >= ENOUGH else UNTOLD
