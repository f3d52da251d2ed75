"""What the nodes work with. It comes by LangGraph's typed runtime context, never by the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from threadlore.agents.model_calls import ModelCalls
from threadlore.bundle import Bundle
from threadlore.profile import Profile
from threadlore.seams import AnalysisRecords, Embedder, VectorStore
from threadlore.types import Skipped


@dataclass(frozen=True, slots=True)
class AnalysisContext:
    """Clients and settings of one analysis.

    `embedder` and `vectors` are called only when they are needed, so that a run with nothing new
    opens neither. `progress` takes (stage, done, total), `finished` (stage, counts, seconds), `skipped`
    what the run names as passed over. `calls` is the chat model, None in extractive mode. `bundle` builds
    what a report of the usual period would show.
    """

    records: AnalysisRecords
    embedder: Callable[[], Embedder]
    vectors: Callable[[], VectorStore]
    profile: Profile
    run_id: str
    now: datetime
    min_authors: int = 2
    seed: int = 7
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None
    finished: Callable[[str, Mapping[str, int], float], None] = lambda stage, counts, seconds: None
    skipped: Callable[[Sequence[Skipped]], None] = lambda items: None
    calls: ModelCalls | None = None
    bundle: Callable[[], Bundle] | None = None
