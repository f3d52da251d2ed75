"""The answer graph: retrieve, decide, compose, check. Nodes and edges only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from threadlore.agents.answering.check import check as check_step
from threadlore.agents.answering.compose import compose as compose_step
from threadlore.agents.answering.consult import UNFOUNDED, consult
from threadlore.agents.answering.decide import decide as decide_step
from threadlore.agents.answering.retrieve import retrieve as retrieve_step
from threadlore.agents.answering.state import AnswerContext, AnswerState, Faq
from threadlore.agents.answering.written import check_written
from threadlore.agents.matching import answerable, load_faq
from threadlore.agents.model_calls import FALLS_BACK, ModelCalls
from threadlore.errors import ConfigError, ThreadloreError
from threadlore.profile import Profile
from threadlore.seams import AnalysisRecords, Answer, Embedder, VectorStore
from threadlore.types import Visibility

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

Update = dict[str, Any]
FAILURES = (*FALLS_BACK, ConfigError, TimeoutError)
"""After any of them the reviewed entries still answer."""


async def retrieve(state: AnswerState, runtime: Runtime[AnswerContext]) -> Update:
    """Read the question's numbers and names, and rank the entries."""
    return await retrieve_step(state, runtime.context)


async def decide(state: AnswerState, runtime: Runtime[AnswerContext]) -> Update:
    """Choose the kind of answer: a model among what it is shown, else the code."""
    context, failed = runtime.context, state.model_failed
    if not state.extractive:
        try:
            async with asyncio.timeout(context.patience_s):
                update = await consult(state, context)
        except FAILURES as error:
            update, failed = None, _reason(error, context)
        if update is not None:
            return update
    return {"extractive": True, "model_failed": failed, **await decide_step(state, context)}


async def compose(state: AnswerState, runtime: Runtime[AnswerContext]) -> Update:
    """Write the answer; what a model wrote is checked as it is."""
    if state.written is not None and not state.extractive:
        return {}
    return await compose_step(state, runtime.context)


async def check(state: AnswerState, runtime: Runtime[AnswerContext]) -> Update:
    """Let nothing out that is not approved, and no sentence of a model that its sources do not carry."""
    context = runtime.context
    if state.written is None or state.extractive:
        return await check_step(state, context)
    try:
        async with asyncio.timeout(context.patience_s):
            answer = await check_written(state, context)
    except FAILURES as error:
        return {"extractive": True, "model_failed": _reason(error, context)}
    if answer is None:
        return {"extractive": True, "model_failed": UNFOUNDED}
    return {"answer": answer, **await check_step(replace(state, answer=answer), context)}


def _reason(error: Exception, context: AnswerContext) -> str:
    if isinstance(error, ThreadloreError):
        return error.message
    return f"The model took longer than {context.patience_s or 0:g} s."


def standing(state: AnswerState) -> str:
    """End with an answer; what a model wrote and did not stand is decided anew, without it."""
    return END if state.answer is not None else "decide"


def build_answer_graph() -> CompiledStateGraph[AnswerState, AnswerContext, AnswerState, AnswerState]:
    """Return the graph, without a saver: a question is answered in one go."""
    graph = StateGraph(AnswerState, context_schema=AnswerContext)
    graph.add_node("retrieve", retrieve)
    graph.add_node("decide", decide)
    graph.add_node("compose", compose)
    graph.add_node("check", check)
    graph.add_edge(START, "retrieve")
    graph.add_edge("retrieve", "decide")
    graph.add_edge("decide", "compose")
    graph.add_edge("compose", "check")
    graph.add_conditional_edges("check", standing, ["decide", END])
    return graph.compile()


class GraphAnswerer:
    """Answers questions from approved entries and tools, by the answer graph.

    The FAQ is prepared at the first question and again when an entry has changed.
    """

    def __init__(
        self,
        *,
        records: AnalysisRecords,
        embedder: Embedder,
        vectors: VectorStore,
        profile: Profile,
        calls: ModelCalls | None = None,
        patience_s: float | None = None,
    ) -> None:
        self._records = records
        self._embedder = embedder
        self._vectors = vectors
        self._profile = profile
        self._calls = calls
        self._patience_s = patience_s
        self._graph = build_answer_graph()
        self._faq: Faq | None = None
        self._seen: tuple[object, ...] = ()
        self._stamp = ""
        self._loading = asyncio.Lock()

    async def _load(self) -> Faq:
        async with self._loading:
            stamp = await asyncio.to_thread(self._records.change_stamp)
            if self._faq is not None and stamp == self._stamp:
                return self._faq
            entries = await asyncio.to_thread(self._records.entries)
            usable = [entry for entry in answerable(entries) if entry.visibility is Visibility.PUBLIC]
            seen = tuple(
                (entry.id, hash(entry.answer), entry.question, entry.paraphrases) for entry in usable
            )
            matching = self._faq.matching if self._faq else None
            if self._faq is None or seen != self._seen:
                matching = await load_faq(usable, self._records, self._embedder, self._profile.product)
            self._faq = Faq({entry.id: entry for entry in usable}, matching)
            self._seen = seen
            self._stamp = stamp
            return self._faq

    async def answer(self, question: str) -> Answer:
        """Return what is known about `question`."""
        context = AnswerContext(
            records=self._records,
            embedder=self._embedder,
            vectors=self._vectors,
            profile=self._profile,
            faq=await self._load(),
            calls=self._calls,
            patience_s=self._patience_s,
        )
        final = await self._graph.ainvoke(AnswerState(question=question), context=context)
        answer = final["answer"]
        if not isinstance(answer, Answer):
            raise TypeError("the answer graph ended without an answer")
        return replace(answer, model_failed=final["model_failed"])
