"""The state of the answer graph, and what its nodes work with."""

from __future__ import annotations

from dataclasses import dataclass, field

from threadlore.agents.matching import MatchingFaq
from threadlore.agents.matching.foreign import ForeignMatch
from threadlore.agents.matching.model import Ranking
from threadlore.profile import Profile
from threadlore.seams import AnalysisRecords, Answer, Embedder, VectorStore
from threadlore.types import FaqEntry


@dataclass(frozen=True, slots=True)
class Faq:
    """The entries that may be answers, by id, prepared for matching; `matching` is None without any."""

    entries: dict[str, FaqEntry]
    matching: MatchingFaq | None


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What the nodes work with; it comes by LangGraph's typed runtime context."""

    records: AnalysisRecords
    embedder: Embedder
    vectors: VectorStore
    profile: Profile
    faq: Faq


@dataclass
class AnswerState:
    """One question on its way. `kind` is that of the answer, once it is decided.

    `ranking` goes by meaning; `foreign` by characters, for a language that the embedder does not read.
    """

    question: str
    language: str = ""
    arguments: dict[str, object] = field(default_factory=dict)
    vector: tuple[float, ...] = ()
    ranking: Ranking = field(default_factory=lambda: Ranking((), 0.0))
    foreign: tuple[ForeignMatch, ...] = ()
    kind: str = ""
    tool: str | None = None
    missing: str = ""
    reason: str = ""
    answer: Answer | None = None
