"""Finds the tool that answers a topic, and calls it with the numbers of the threads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from threadlore.ids import tool_call_id
from threadlore.profile import Profile
from threadlore.tools.base import Tool, ToolInputError
from threadlore.tools.reading import read_arguments
from threadlore.tools.registry import tools
from threadlore.types import Facts, Question, ToolCall

_SHARE = 0.34
"""Share of a topic's wordings that must call for a tool."""

_FROM_FACTS = {"vectors": "vectors", "dim": "dimension", "index": "index"}


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The tools that fit, and a call where a thread named every argument."""

    names: tuple[str, ...] = ()
    call: ToolCall | None = None


def fitting_tool(profile: Profile, question: str, questions: Sequence[Question]) -> ToolUse:
    """Return the profile's tool that the wordings call for, called with the newest numbers that suffice.

    Numbers that contradict those of `question`, the entry's own, are not used.
    """
    wordings = [question, *(one.text for one in questions)]
    known = tools()
    ranked: list[tuple[float, str]] = []
    for hint in profile.tools:
        pattern = re.compile("|".join(f"(?:{word})" for word in hint.keywords), re.IGNORECASE)
        share = sum(bool(pattern.search(text)) for text in wordings) / max(1, len(wordings))
        if hint.keywords and hint.tool in known and share >= _SHARE:
            ranked.append((-share, hint.tool))
    if not ranked:
        return ToolUse()
    name = min(ranked)[1]
    return ToolUse((name,), _call(known[name], read_arguments(question), questions))


def call_with_numbers(name: str, questions: Sequence[Question]) -> ToolCall | None:
    """Return a call of the tool with the newest asker's numbers that suffice; None where none do."""
    tool = tools().get(name)
    return _call(tool, {}, questions) if tool else None


def _call(tool: Tool, own: Mapping[str, object], questions: Sequence[Question]) -> ToolCall | None:
    asked = [*sorted(questions, key=lambda one: (-one.asked_at.timestamp(), one.id))]
    cases = [{**_from_facts(one.facts), **read_arguments(one.text)} for one in asked]
    # The entry's own numbers first; another asker's only where they are the same case.
    for arguments in [dict(own), *cases]:
        given = {name: value for name, value in arguments.items() if name in tool.names and value is not None}
        against = any(given.get(name, value) != value for name, value in own.items() if name in tool.names)
        if not given or against or tool.missing(given):
            continue
        try:
            result = tool.call(given)
        except ToolInputError:
            continue
        canonical = json.dumps(given, sort_keys=True, default=str)
        return ToolCall(
            id=tool_call_id(tool.name, canonical),
            tool=tool.name,
            arguments=json.loads(canonical),
            result=json.loads(json.dumps(result.result, default=str)),
            summary=result.summary,
            facts_version=result.facts_version,
        )
    return None


def _from_facts(facts: Facts) -> dict[str, object]:
    return {name: getattr(facts, field) for name, field in _FROM_FACTS.items()}
