"""Decide: answer, call a tool, ask back, hand over, or say that nothing is known. Silent before wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

from threadlore.agents.answering.state import AnswerContext, AnswerState
from threadlore.agents.matching import Ranking, fitted_weights
from threadlore.languages import language_name
from threadlore.profile import Profile
from threadlore.prompts import load
from threadlore.tools.registry import Tool, tools
from threadlore.types import FaqEntry

NEAR = 0.33
"""Cosine below which a question that names nothing of the product is out of scope."""

SHORT_WORDS = 10
"""A question this short that carries all arguments of a tool asks for the tool."""

_PERSON = re.compile(
    r"\b(?:talk|speak|chat)\s+(?:to|with)\s+(?:a\s+|an\s+|some)?(?:human|person|one|maintainer|engineer|support|sales)\b"
    r"|\b(?:contact|reach)\s+(?:support|sales|the\s+(?:team|maintainers?))\b",
    re.IGNORECASE,
)


def tool_arguments(tool: Tool, found: Mapping[str, object]) -> dict[str, object]:
    """Return what a question says in the words of a tool's arguments."""
    given = {name: value for name, value in found.items() if name in tool.names}
    if "mode" in tool.names and found.get("deployment") in {"standalone", "distributed"}:
        given["mode"] = found["deployment"]
    segment = found.get("segment_size_bytes")
    if "segment_size_mb" in tool.names and isinstance(segment, int):
        given["segment_size_mb"] = segment // 2**20
    return given


def _asks_for(profile: Profile, question: str) -> list[str]:
    """Return the tools of the profile whose words stand in the question."""
    return [
        hint.tool
        for hint in profile.tools
        if any(re.search(pattern, question, re.IGNORECASE) for pattern in hint.keywords)
    ]


def _usable(tool: Tool, given: dict[str, object]) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return the arguments that the tool accepts, and the required ones that are left to ask for."""
    good = {name: value for name, value in given.items() if tool.accepts(name, value)}
    return good, tool.missing(good)


def _tool_decision(state: AnswerState, context: AnswerContext, sure: bool) -> dict[str, object] | None:
    """Return the decision to call a tool or to ask back for it, or None."""
    known = tools()
    entry = first_entry(state, context)
    asked = _asks_for(context.profile, state.question)
    offered = {hint.tool for hint in context.profile.tools}
    named = [name for name in (entry.tools if entry and sure else ()) if name in offered]
    # A sure entry that points to no tool answers another matter: nothing is asked back for it.
    answered = sure and not named
    for name in dict.fromkeys([*asked, *named, *sorted(offered)]):
        tool = known.get(name)
        if tool is None:
            continue
        given, missing = _usable(tool, tool_arguments(tool, state.arguments))
        core = [key for key in tool.required if key in given]
        wanted = name in asked or name in named
        if not missing and (wanted or (not sure and len(state.question.split()) <= SHORT_WORDS)):
            return {"kind": "tool", "tool": name, "arguments": given}
        if wanted and core and missing and not answered:
            return {"kind": "ask_back", "tool": name, "arguments": given, "missing": missing[0]}
        if name in asked and not core and not sure:
            return {"kind": "ask_back", "tool": name, "arguments": given, "missing": missing[0]}
    return None


def is_foreign(state: AnswerState, context: AnswerContext) -> bool:
    """Tell whether the question is in a language that the embedder does not read."""
    known = context.embedder.languages
    return known is not None and state.language not in known


def is_sure(ranking: Ranking) -> bool:
    """Tell whether the first entry of a ranking by meaning may be given as the answer."""
    return bool(ranking.entries) and ranking.confidence >= fitted_weights().threshold


def _sure(state: AnswerState, context: AnswerContext) -> bool:
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


async def decide(state: AnswerState, context: AnswerContext) -> dict[str, object]:
    """Return the update of `kind` with what that kind needs."""
    if not state.question.strip():
        return {"kind": "out_of_scope"}
    sure = _sure(state, context)
    if _PERSON.search(state.question):
        return {"kind": "handover", "reason": load("handover_person").fill()}
    decision = _tool_decision(state, context, sure)
    if decision is not None:
        return decision
    if sure:
        return {"kind": "answered"}
    if is_foreign(state, context):
        language = language_name(state.language)
        return {"kind": "handover", "reason": load("handover_language").fill(language=language)}
    near = state.ranking.cosine >= NEAR or names_product(context.profile, state.question)
    return {"kind": "unknown" if near else "out_of_scope"}


def ranked_entries(state: AnswerState, context: AnswerContext) -> list[FaqEntry]:
    """Return the entries that are near, best first: by characters where the embedder cannot read."""
    keys = [found.entry for found in state.foreign] if is_foreign(state, context) else []
    keys += [key for key, _ in state.ranking.entries]
    return [context.faq.entries[key] for key in dict.fromkeys(keys) if key in context.faq.entries]


def first_entry(state: AnswerState, context: AnswerContext) -> FaqEntry | None:
    """Return the entry that ranks first."""
    return next(iter(ranked_entries(state, context)), None)
