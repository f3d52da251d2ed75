"""The state of the analysis graph: ids, counts and plain values. Clients come by the context."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from threadlore.agents.cluster import Clustering
from threadlore.agents.drafting.manuscripts import Manuscript
from threadlore.agents.drafting.matters import Lore
from threadlore.calls import EntryTrail
from threadlore.types import FaqEntry

Item = TypeVar("Item")


def merge_counts(old: dict[str, int], new: dict[str, int]) -> dict[str, int]:
    """Return the sum of two tables of counts: how parallel batches report."""
    return {
        name: old.get(name, 0) + new.get(name, 0) for name in [*old, *(key for key in new if key not in old)]
    }


def join(old: list[Item], new: list[Item]) -> list[Item]:
    """Return both lists: how parallel batches hand over what they made."""
    return [*old, *new]


@dataclass
class Drafts:
    """What came of drafting: entries that passed the check, how each came about, what is left undone.

    `unfinished` are topics that the next run must take up again: what was to be spent is spent, or the
    model is down.
    """

    checked: Annotated[list[FaqEntry], join] = field(default_factory=list)
    trails: Annotated[list[EntryTrail], join] = field(default_factory=list)
    unfinished: Annotated[list[str], join] = field(default_factory=list)
    counts: Annotated[dict[str, int], merge_counts] = field(default_factory=dict)


@dataclass
class AnalysisState(Drafts):
    """What flows along the edges. Everything of value is in the records by then."""

    clustering: Clustering | None = None


@dataclass
class DistilBatch:
    """Conversations that one call of distil reads."""

    thread_ids: tuple[str, ...]


@dataclass
class DraftBatch(Drafts):
    """Topics that are drafted together. `manuscripts` are on their way between draft and check."""

    topic_ids: tuple[str, ...] = ()
    lore: Lore | None = None
    manuscripts: list[Manuscript] = field(default_factory=list)
