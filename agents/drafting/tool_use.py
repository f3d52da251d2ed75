"""Finds the tool that answers a topic, and calls it with the numbers of the threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from threadlore.agents.grounding.recall import call_tool
from threadlore.agents.tool_choice import chosen_tool
from threadlore.profile import Profile
from threadlore.tools.base import Tool, ToolInputError
from threadlore.tools.calling import arguments_for, read_case
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
    called = Counter(tool.name for text in wordings if (tool := chosen_tool(profile, text)))
    if not called:
        return ToolUse()
    name, count = min(called.items(), key=lambda one: (-one[1], one[0]))
    if count < _SHARE * len(wordings):
        return ToolUse()
    return ToolUse((name,), _call(tools()[name], question, questions))


def call_with_numbers(name: str, questions: Sequence[Question]) -> ToolCall | None:
    """Return a call of the tool with the newest asker's numbers that suffice; None where none do."""
    tool = tools().get(name)
    return _call(tool, "", questions) if tool else None


def _call(tool: Tool, question: str, questions: Sequence[Question]) -> ToolCall | None:
    if not tool.required:
        # Such a tool works on an asker's own words, which belong on no page.
        return None
    own = arguments_for(tool, question)
    asked = sorted(questions, key=lambda one: (-one.asked_at.timestamp(), one.id))
    cases = ({**_from_facts(one.facts), **read_case(one.text)} for one in asked)
    # The entry's own numbers first; another asker's only where they are the same case.
    for given in chain((own,), (arguments_for(tool, "", case) for case in cases)):
        against = any(given.get(name, value) != value for name, value in own.items())
        if not given or against or tool.missing(given):
            continue
        try:
            return call_tool(tool, given)
        except ToolInputError:
            continue
    return None


def _from_facts(facts: Facts) -> dict[str, object]:
    found = {name: getattr(facts, field) for name, field in _FROM_FACTS.items()}
    return {name: value for name, value in found.items() if value is not None}
