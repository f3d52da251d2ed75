"""Related entries, found when the pages are made: by rare words they share, and by their area."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from threadlore.bundle import EntryView

SHOWN = 4
"""Related entries of a page."""
NEAR = 0.12
"""Least cosine of two entries' word weights to call them related."""
SAME_AREA = 1.25
"""Entries of one area are this much nearer."""
COMMON = 0.2
"""Words that occur in more than this share of the entries say nothing (from `FEW` entries on)."""
FEW = 20

_WORD = re.compile(r"[^\W_]+(?:[-_.][^\W_]+)*")
_SCRIPT_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from has have how i if in is it my no not of on or that "
        "the there this to use using was we what when where which who why will with you your",
    )
)


def related_entries(views: Sequence[EntryView]) -> dict[str, list[str]]:
    """Return up to `SHOWN` ids of related entries for each entry, nearest first.

    Nearness is the cosine of tf-idf weights of question, wordings and keyphrases.
    """
    weights = _weights(views)
    index: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for place, words in enumerate(weights):
        for word, weight in words.items():
            index[word].append((place, weight))
    most = max(FEW, int(len(views) * COMMON))
    related = {}
    for place, view in enumerate(views):
        scores: dict[int, float] = defaultdict(float)
        for word, weight in weights[place].items():
            if len(index[word]) <= most:
                for other, other_weight in index[word]:
                    scores[other] += weight * other_weight
        scores.pop(place, None)
        for other in scores:
            scores[other] *= SAME_AREA if views[other].entry.area == view.entry.area else 1.0
        near = sorted(scores, key=lambda other: (-scores[other], views[other].entry.id))
        related[view.entry.id] = [views[other].entry.id for other in near if scores[other] >= NEAR][:SHOWN]
    return related


def _weights(views: Sequence[EntryView]) -> list[dict[str, float]]:
    counts = [Counter(_words(view)) for view in views]
    seen = Counter(word for found in counts for word in found)
    weights = []
    for found in counts:
        raw = {
            word: (1 + math.log(count)) * math.log((1 + len(views)) / seen[word])
            for word, count in found.items()
        }
        norm = math.sqrt(sum(weight * weight for weight in raw.values())) or 1.0
        weights.append({word: weight / norm for word, weight in raw.items()})
    return weights


def _words(view: EntryView) -> list[str]:
    text = " ".join((view.entry.question, *view.entry.paraphrases, *view.keyphrases)).casefold()
    words = []
    for run in _SCRIPT_WITHOUT_SPACES.findall(text):
        words += [run[place : place + 2] for place in range(max(1, len(run) - 1))]
    for word in _WORD.findall(_SCRIPT_WITHOUT_SPACES.sub(" ", text)):
        if word not in _SMALL and len(word) > 1:
            words.append(word[:-1] if len(word) > 3 and word.endswith("s") else word)
    return words
