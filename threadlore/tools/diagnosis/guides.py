"""Guides for questions about measuring, looking inside and how Milvus works within."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from threadlore.tools.tables import table


@cache
def _patterns(guide: str) -> tuple[re.Pattern[str], ...]:
    row = next(row for row in table("guides")["guides"] if row["id"] == guide)
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in row["asks"])


def find_guides(question: str, most: int = 2) -> list[Mapping[str, Any]]:
    """Return the guides that a question calls for, best first, `most` at the most.

    A guide fits by how many of its ways of asking match; only those as good as the best are kept.
    """
    ranked = []
    for at, row in enumerate(table("guides")["guides"]):
        fits = sum(bool(pattern.search(question)) for pattern in _patterns(row["id"]))
        if fits:
            ranked.append((-fits, at, row))
    ranked.sort(key=lambda one: one[:2])
    return [row for fits, _, row in ranked if fits == ranked[0][0]][:most]
