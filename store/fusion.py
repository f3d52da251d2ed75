"""Fusion of dense and full-text hits by rank: scores of two engines cannot be compared, ranks can."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from threadlore.seams import Hit

RANK_CONSTANT = 60
"""Damps the first ranks (Cormack, Clarke, Buettcher: Reciprocal Rank Fusion, SIGIR 2009)."""


def by_rank(hits: Sequence[Hit]) -> list[Hit]:
    """Return hits of one leg with 1 / (60 + rank) for a score, ranks counted from 1."""
    return [Hit(hit.id, hit.owner, 1 / (RANK_CONSTANT + rank)) for rank, hit in enumerate(hits, start=1)]


def fuse(legs: Sequence[Sequence[Hit]], limit: int) -> list[Hit]:
    """Return the best `limit` hits of several legs by the sum of their reciprocal ranks, ties by id."""
    scores: dict[str, float] = defaultdict(float)
    owners: dict[str, str] = {}
    for leg in legs:
        for hit in by_rank(leg):
            scores[hit.id] += hit.score
            owners[hit.id] = hit.owner
    order = sorted(scores, key=lambda key: (-scores[key], key))
    return [Hit(key, owners[key], scores[key]) for key in order[:limit]]
