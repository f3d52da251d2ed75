"""Decide: answer, call a tool, ask back, hand over, or say that nothing is known. Silent before wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

from threadlore.agents.answering.state import AnswerContext, AnswerState
from threadlore.agents.matching import Ranking, fitted_weights
from threadlore.agents.tool_choice import chosen_tool, offered_tools, suited_tools
from threadlore.languages import language_name
from threadlore.profile import Profile
from threadlore.prompts import load
from threadlore.tools.calling import arguments_for
from threadlore.tools.registry import Tool
from threadlore.types import FaqEntry

NEAR = 0.33
"""Cosine below which a question that names nothing of the product is out of scope."""

LIKE = 0.47
"""Cosine to the nearest wording of an entry below which it is not the answer, however sure the ranking is.

Confidence compares entries with each other; where there are few, the least bad of them looks sure. All right
answers to the seed and near-miss questions of the Milvus profile lie at 0.5 or above.
"""

SHORT_WORDS = 10
"""A question this short that carries all arguments of a tool asks for the tool."""

PERSON = re.compile(
    r"\b(?:talk|speak|chat)\s+(?:to|with)\s+(?:a\s+|an\s+|some)?(?:human|person|one|maintainer|engineer|support|sales)\b"
    r"|\b(?:contact|reach)\s+(?:support|sales|the\s+(?:team|maintainers?))\b",
    re.IGNORECASE,
)


def _tool_decision(state: AnswerState, context: AnswerContext, sure: bool) -> dict[str, object] | None:
    """Return the decision to call a tool or to ask back for it, or None."""
    chosen = chosen_tool(context.profile, state.question)
    named = tools_of_first(state, context) if sure else []
    # A sure entry that points to no tool answers another matter: nothing is asked back for it.
    answered = sure and not named
    for tool in _candidates(chosen, named, suited_tools(context.profile, state.question)):
        given = arguments_for(tool, state.question, state.arguments)
        missing = tool.missing(given)
        core = [key for key in tool.required if key in given]
        wanted = tool is chosen or tool in named
        if not missing and given and _worth_calling(tool, given, state, wanted=wanted, sure=sure):
            return {"kind": "tool", "tool": tool.name, "arguments": given}
        if wanted and core and missing and not answered:
            return {"kind": "ask_back", "tool": tool.name, "arguments": given, "missing": missing[0]}
        if tool is chosen and not core and missing and not sure:
            return {"kind": "ask_back", "tool": tool.name, "arguments": given, "missing": missing[0]}
    return None


def _candidates(chosen: Tool | None, named: list[Tool], suited: Mapping[str, Tool]) -> list[Tool]:
    """Return the tools to try: the one asked for, those of the sure entry, those that take numbers."""
    numeric = [tool for tool in suited.values() if tool.required]
    ordered = [*([chosen] if chosen else []), *(tool for tool in named if tool.name in suited), *numeric]
    return [tool for at, tool in enumerate(ordered) if tool not in ordered[:at]]


def tools_of_first(state: AnswerState, context: AnswerContext) -> list[Tool]:
    """Return the tools of the first entry that the profile offers."""
    offered = offered_tools(context.profile)
    entry = first_entry(state, context)
    return [offered[name] for name in (entry.tools if entry else ()) if name in offered]


def _worth_calling(
    tool: Tool, given: Mapping[str, object], state: AnswerState, *, wanted: bool, sure: bool
) -> bool:
    """Tell whether a tool that has all it needs is called rather than the entry given.

    Where an entry surely answers, a tool is called only with something of the asker's own to work on:
    neither a mere flag nor the text of the question is that.
    """
    own = any(not isinstance(value, bool) for value in given.values()) and not tool.texts
    if sure and not own:
        return False
    return wanted or (bool(tool.required) and not sure and len(state.question.split()) <= SHORT_WORDS)


def is_foreign(state: AnswerState, context: AnswerContext) -> bool:
    """Tell whether the question is in a language that the embedder does not read."""
    known = context.embedder.languages
    return known is not None and state.language not in known


def is_sure(ranking: Ranking) -> bool:
    """Tell whether the first entry of a ranking by meaning may be given as the answer."""
    sure = bool(ranking.entries) and ranking.confidence >= fitted_weights().threshold
    return sure and ranking.cosine >= LIKE


def surely_answered(state: AnswerState, context: AnswerContext) -> bool:
    """Tell whether the first entry may be given as the answer, in whatever language was asked."""
    if is_foreign(state, context):
        return bool(state.foreign) and state.foreign[0].clear
    return is_sure(state.ranking)


def names_product(profile: Profile, text: str) -> bool:
    """Tell whether `text` names the product or something that the profile knows."""
    if re.search(rf"\b{re.escape(profile.product)}\b", text, re.IGNORECASE):
        return True
    kinds = ("deployment", "index", "metric", "source_system")
    patterns = [pattern for kind in kinds for pattern in profile.entities.get(kind, {}).values()]
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def in_scope(state: AnswerState, context: AnswerContext) -> bool:
    """Tell whether a question has to do with the product; one that the embedder cannot read may have."""
    near = state.ranking.cosine >= NEAR or names_product(context.profile, state.question)
    return near or is_foreign(state, context)


async def decide(state: AnswerState, context: AnswerContext) -> dict[str, object]:
    """Return the update of `kind` with what that kind needs."""
    if not state.question.strip():
        return {"kind": "out_of_scope"}
    sure = surely_answered(state, context)
    if PERSON.search(state.question):
        return {"kind": "handover", "reason": load("handover_person").fill()}
    decision = _tool_decision(state, context, sure)
    if decision is not None:
        return decision
    if sure:
        return {"kind": "answered"}
    if is_foreign(state, context):
        language = language_name(state.language)
        return {"kind": "handover", "reason": load("handover_language").fill(language=language)}
    return {"kind": "unknown" if in_scope(state, context) else "out_of_scope"}


def ranked_entries(state: AnswerState, context: AnswerContext) -> list[FaqEntry]:
    """Return the entries that are near, best first: by characters where the embedder cannot read."""
    keys = [found.entry for found in state.foreign] if is_foreign(state, context) else []
    keys += [key for key, _ in state.ranking.entries]
    return [context.faq.entries[key] for key in dict.fromkeys(keys) if key in context.faq.entries]


def first_entry(state: AnswerState, context: AnswerContext) -> FaqEntry | None:
    """Return the entry that ranks first."""
    return next(iter(ranked_entries(state, context)), None)
