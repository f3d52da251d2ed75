"""When a new post is answered, and what votes do to an entry. Pure: silence before a wrong answer."""

from __future__ import annotations

from threadlore.helpdesk import NOT_HELPFUL, Tally
from threadlore.seams import Answer
from threadlore.types import FaqEntry

STEP = 0.03
"""By how much the votes of one person move the confidence that an entry needs."""

_LOWEST_BELOW = 0.06
"""How far helpful votes may lower the threshold: they show that it helps, not that it fits this post."""

LIKENESS = 0.55
"""Cosine that a post and the entry's nearest wording must have as well.

Confidence compares the entries of a FAQ with each other: where there are only a few, it is high for the
least bad of them. Measured on both sides: of 108 right answers over the threshold 107 lie above, and all of
the wrong ones of a replayed forum below 0.46 (benchmarks/README.md).
"""


BOTH = 0.66
"""What confidence and likeness together must have over the needed confidence.

A post that is barely over the one must be well over the other: of 36 posts of a real forum that were over
each alone, the four wrong ones were barely over both (benchmarks/README.md).
"""


def needed_confidence(threshold: float, tally: Tally | None) -> float:
    """Return the confidence over which an entry answers a post, raised and lowered by its votes.

    >>> needed_confidence(0.8, Tally(not_helpful=2)), needed_confidence(0.8, Tally(helpful=9))
    (0.86, 0.74)
    """
    if tally is None:
        return threshold
    moved = threshold + STEP * (tally.not_helpful - tally.helpful)
    return round(max(moved, threshold - _LOWEST_BELOW), 6)


def answers_post(answer: Answer, entry: FaqEntry | None, threshold: float, tally: Tally | None) -> bool:
    """Tell whether a new post is answered: only with a reviewed entry that surely fits.

    An entry that waits for review again answers no post; nothing is asked back under one, and no tool is
    called unasked: numbers in a post are not always a question for it.
    """
    if answer.kind != "answered" or entry is None or entry.review_reasons or answer.likeness < LIKENESS:
        return False
    needed = needed_confidence(threshold, tally)
    return answer.confidence > needed and answer.confidence + answer.likeness > needed + BOTH


def withdrawn(entry: FaqEntry, tally: Tally, votes: int) -> FaqEntry | None:
    """Return the entry put back to review when enough people found it not helpful, else None.

    It stays approved: a person has the last word. But it answers no post until one has looked.
    """
    asked_for = tally.not_helpful >= votes and tally.not_helpful > tally.helpful
    if not asked_for or any(NOT_HELPFUL in reason for reason in entry.review_reasons):
        return None
    reason = f"{tally.not_helpful} {NOT_HELPFUL}"
    return entry.model_copy(update={"review_reasons": (*entry.review_reasons, reason)})
