"""The state of the analysis graph: ids, counts and plain values. Clients come by the context."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from threadlore.agents.cluster import Clustering
from threadlore.types import FaqEntry


def merge_counts(old: dict[str, int], new: dict[str, int]) -> dict[str, int]:
    """Return the sum of two tables of counts: how parallel batches report."""
    return {
        name: old.get(name, 0) + new.get(name, 0) for name in [*old, *(key for key in new if key not in old)]
    }


def join(old: list[FaqEntry], new: list[FaqEntry]) -> list[FaqEntry]:
    """Return both lists: how parallel batches hand over their drafts."""
    return [*old, *new]


@dataclass
class AnalysisState:
    """What flows along the edges. Everything of value is in the records by then."""

    clustering: Clustering | None = None
    checked: Annotated[list[FaqEntry], join] = field(default_factory=list)
    counts: Annotated[dict[str, int], merge_counts] = field(default_factory=dict)


@dataclass
class DistilBatch:
    """Conversations that one call of distil reads."""

    thread_ids: tuple[str, ...]


@dataclass
class DraftBatch:
    """Topics that one call of draft writes, with the drafts that check sent back."""

    topic_ids: tuple[str, ...]
    drafts: list[FaqEntry] = field(default_factory=list)
    attempts: int = 0
