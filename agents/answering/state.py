"""The state of the answer graph, and what its nodes work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from threadlore.agents.drafting.composing import Composed
from threadlore.agents.grounding.citations import SourceText
from threadlore.agents.matching import MatchingFaq
from threadlore.agents.matching.foreign import ForeignMatch
from threadlore.agents.matching.model import Ranking
from threadlore.agents.model_calls import ModelCalls
from threadlore.profile import Profile
from threadlore.seams import AnalysisRecords, Answer, Embedder, VectorStore
from threadlore.types import FaqEntry, ToolCall


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as a model wrote it, not checked yet, with what it was shown.

    `texts` are what its citations are compared with, by id. `first` is the sentence that answers, `call`
    the tool that was called for it.
    """

    answer: Composed
    texts: Mapping[str, SourceText]
    hosts: frozenset[str]
    first: str = ""
    call: ToolCall | None = None


@dataclass(frozen=True, slots=True)
class Faq:
    """The entries that may be answers, by id, prepared for matching; `matching` is None without any."""

    entries: dict[str, FaqEntry]
    matching: MatchingFaq | None


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What the nodes work with; it comes by LangGraph's typed runtime context.

    `calls` is the chat model, None in extractive mode; it keeps nothing of what is asked. It has
    `patience_s` seconds to decide and write, and as long again for the check.
    """

    records: AnalysisRecords
    embedder: Embedder
    vectors: VectorStore
    profile: Profile
    faq: Faq
    calls: ModelCalls | None = None
    patience_s: float | None = None


@dataclass
class AnswerState:
    """One question on its way. `kind` is that of the answer, once it is decided.

    `ranking` goes by meaning; `foreign` by characters, for a language that the embedder does not read.
    `written` is what a model said; `extractive` that none is asked, or that what it said did not stand;
    `model_failed` is why it did not say anything.
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
    between: tuple[str, ...] = ()
    reason: str = ""
    written: Written | None = None
    extractive: bool = False
    model_failed: str = ""
    answer: Answer | None = None
