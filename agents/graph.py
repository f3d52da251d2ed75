"""The analysis graph: distil, cluster, match, label, recall, link, cover, draft, check, librarian, analyst.

Nodes and edges only. Every node reads records and writes records, so resuming is running again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime, get_runtime
from langgraph.types import Send

from threadlore.agents import planning
from threadlore.agents.algebra import one_thread
from threadlore.agents.analyst import describe_period
from threadlore.agents.check import check_manuscripts
from threadlore.agents.cluster import cluster_questions
from threadlore.agents.context import AnalysisContext
from threadlore.agents.coverage import cover_topics
from threadlore.agents.distil import distil_conversations
from threadlore.agents.draft import draft_topics, mend_drafts
from threadlore.agents.drafting.matters import Lore, read_lore
from threadlore.agents.falling_back import FELL_BACK, extract_unchecked
from threadlore.agents.grounding.recall import recall_tools
from threadlore.agents.label import label_topics
from threadlore.agents.librarian import merge_entries
from threadlore.agents.links import link_questions
from threadlore.agents.state import AnalysisState, DistilBatch, DraftBatch, Drafts
from threadlore.agents.topics import match_topics

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.graph.state import CompiledStateGraph

BATCHES_AT_ONCE = 4
"""Batches read ahead while one is worked on; without a bound all of them are in memory at once."""

ASKED_AT_ONCE = 16
"""The same where batches wait for a model: enough that the last calls of one leave no place empty."""

Update = dict[str, Any]
Given = ParamSpec("Given")


def staged(node: Callable[Given, Awaitable[Update]]) -> Callable[Given, Awaitable[Update]]:
    """Report what a node counted, and the seconds it took, under its name."""

    @wraps(node)
    async def reported(*args: Given.args, **kwargs: Given.kwargs) -> Update:
        started = time.perf_counter()
        update = await node(*args, **kwargs)
        finished = get_runtime(AnalysisContext).context.finished
        finished(node.__name__, update.get("counts", {}), time.perf_counter() - started)
        return update

    return reported


@staged
async def distil(state: DistilBatch, runtime: Runtime[AnalysisContext]) -> Update:
    """Read what each conversation of a batch asks."""
    return {"counts": await distil_conversations(runtime.context, state.thread_ids)}


@staged
async def cluster(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> Update:
    """Group the questions."""
    clustering = await cluster_questions(runtime.context)
    return {"clustering": clustering}


@staged
async def match(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> Update:
    """Give the groups the ids of the topics they continue."""
    if state.clustering is None:
        return {}
    return {"counts": await match_topics(runtime.context, state.clustering)}


@staged
async def label(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> Update:
    """Name the topics and sort them into areas."""
    return {"counts": await label_topics(runtime.context)}


@staged
async def recall(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> Update:
    """Call the tools of the entries again: their tables may have changed."""
    outdated = await asyncio.to_thread(recall_tools, runtime.context.records, runtime.context.now)
    return {"counts": {"outdated results": len(outdated)}} if outdated else {}


@staged
async def link(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> Update:
    """Link questions to the approved entries that answer them."""
    return {"counts": await link_questions(runtime.context)}


@staged
async def cover(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> Update:
    """Find the documentation that covers each topic."""
    return {"counts": await cover_topics(runtime.context)}


@staged
async def draft(state: DraftBatch, runtime: Runtime[AnalysisContext]) -> Update:
    """Write an entry for each settled topic of a batch, or mend those that the check sent back."""
    context = runtime.context
    lore = await _lore(state, context)
    if state.manuscripts:
        drafted = await mend_drafts(context, state.manuscripts, lore)
        counts = {"mended": len(drafted.manuscripts)}
    else:
        drafted = await draft_topics(context, state.topic_ids, lore)
        counts = {"drafted": len(drafted.manuscripts)}
    counts |= {FELL_BACK: drafted.fell_back} if drafted.fell_back else {}
    update: Update = {"lore": lore, "manuscripts": drafted.manuscripts, "counts": counts}
    return {**update, "unfinished": drafted.unfinished}


@staged
async def check(state: DraftBatch, runtime: Runtime[AnalysisContext]) -> Update:
    """Check every sentence of the drafts of a batch; send back what its model may mend."""
    context = runtime.context
    checked = await check_manuscripts(context, state.manuscripts)
    rest = await extract_unchecked(context, checked, await _lore(state, context))
    counts = {"sent back": len(checked.again)} if checked.again else {}
    counts |= {FELL_BACK: rest.fell_back} if rest.fell_back else {}
    return {
        "manuscripts": checked.again,
        "checked": checked.entries,
        "trails": checked.trails,
        "unfinished": rest.unfinished,
        "counts": counts,
    }


async def _lore(state: DraftBatch, context: AnalysisContext) -> Lore:
    return state.lore if state.lore is not None else await asyncio.to_thread(read_lore, context)


@staged
async def librarian(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> Update:
    """Put the checked drafts beside what the FAQ has, then remember what they were made from."""
    context = runtime.context
    planned = await asyncio.to_thread(planning.topics_to_draft, context)
    counts = await merge_entries(context, state.checked, state.trails)
    for topic_id in planned.keys() - set(state.unfinished):
        context.records.save_stage_input(planning.draft_stage(topic_id), planned[topic_id])
    return {"counts": counts}


@staged
async def analyst(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> Update:
    """Put the numbers of the period into words, each held to them."""
    return {"counts": await describe_period(runtime.context)}


def plan_distil(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> list[Send] | str:
    """Fan out over batches of conversations that changed; with none, go on."""
    runs = planning.distil_batches(runtime.context)
    return [Send("distil", DistilBatch(batch)) for batch in runs] or "cluster"


def plan_drafts(state: AnalysisState, runtime: Runtime[AnalysisContext]) -> list[Send] | str:
    """Fan out over batches of topics whose evidence changed; with none, go on.

    What the whole community teaches is read once for all of them.
    """
    changed = sorted(planning.topics_to_draft(runtime.context))
    runs = planning.batches(changed, planning.DRAFT_BATCH)
    lore = read_lore(runtime.context) if runs else None
    return [Send("write", DraftBatch(topic_ids=batch, lore=lore)) for batch in runs] or "analyst"


def sent_back(state: DraftBatch) -> str:
    """Go on with what the check sent back; draft and check meet twice at most."""
    return "draft" if state.manuscripts else END


def build_writing() -> CompiledStateGraph[DraftBatch, AnalysisContext, DraftBatch, Drafts]:
    """Return the graph that writes the entries of a batch of topics: draft and check, the one loop."""
    graph = StateGraph(DraftBatch, context_schema=AnalysisContext, output_schema=Drafts)
    graph.add_node("draft", draft)
    graph.add_node("check", check)
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "check")
    graph.add_conditional_edges("check", sent_back, ["draft", END])
    return graph.compile(name="writing")


def build_graph() -> CompiledStateGraph[AnalysisState, AnalysisContext, AnalysisState, AnalysisState]:
    """Return the compiled graph. It has no saver: the records are the checkpoint."""
    graph = StateGraph(AnalysisState, context_schema=AnalysisContext)
    graph.add_node("distil", distil)
    graph.add_node("cluster", cluster)
    graph.add_node("match", match)
    graph.add_node("label", label)
    graph.add_node("recall", recall)
    graph.add_node("link", link)
    graph.add_node("cover", cover)
    graph.add_node("write", build_writing())
    graph.add_node("librarian", librarian)
    graph.add_node("analyst", analyst)
    graph.add_conditional_edges(START, plan_distil, ["distil", "cluster"])
    graph.add_edge("distil", "cluster")
    graph.add_edge("cluster", "match")
    graph.add_edge("match", "label")
    graph.add_edge("label", "recall")
    graph.add_edge("recall", "link")
    graph.add_edge("link", "cover")
    graph.add_conditional_edges("cover", plan_drafts, ["write", "analyst"])
    graph.add_edge("write", "librarian")
    graph.add_edge("librarian", "analyst")
    graph.add_edge("analyst", END)
    return graph.compile(name="analysis")


async def run_analysis(context: AnalysisContext) -> dict[str, int]:
    """Run the graph over what is in the records; return what it counted."""
    most = ASKED_AT_ONCE if context.calls else BATCHES_AT_ONCE
    side_by_side: RunnableConfig = {"max_concurrency": most}
    with one_thread():
        result = await build_graph().ainvoke(AnalysisState(), side_by_side, context=context)
    return dict(result["counts"])
