"""Tools that a chat model may ask for: offered with their own schemas, called with what people said alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from threadlore.agents.drafting.sentences import one_line
from threadlore.agents.grounding.claims import missing_claims
from threadlore.agents.grounding.recall import call_tool
from threadlore.chat import ToolOffer, ToolRequest
from threadlore.tools.base import Tool, ToolInputError
from threadlore.tools.calling import arguments_for, read_case
from threadlore.types import ToolCall

LONGEST_ARGUMENTS = 8000
"""Characters of arguments that are read at all."""

SHORTEST_TEXT = 2


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call was not made, in the program's own words."""

    reason: str


def offers(tools: Iterable[Tool]) -> tuple[ToolOffer, ...]:
    """Return the tools as a model is told of them; those that reach out to the network are left out."""
    return tuple(ToolOffer(tool.name, tool.description, tool.schema) for tool in tools if tool.pure)


def answer_request(
    request: ToolRequest, tools: Mapping[str, Tool], said: Sequence[str]
) -> ToolCall | Refusal:
    """Return what a tool finds that a model asked for, or why it was not called.

    Args:
        request: what the model wrote: neither name nor arguments are trusted.
        tools: those that were offered, by name.
        said: the texts in which the arguments must occur.
    """
    tool = tools.get(request.name)
    if tool is None or not tool.pure:
        return Refusal(f"there is no such tool; use one of: {', '.join(tools) or 'none'}")
    given = _parsed(request.arguments)
    if given is None:
        return Refusal("the arguments are no JSON object")
    try:
        tool.read(given)
        foreign = unsaid(tool, given, said)
        if foreign:
            return Refusal(f"nobody said {', '.join(foreign)}; leave out what is not in the data")
        return call_tool(tool, given)
    except ToolInputError:
        unknown = set(given) - set(tool.names)
        return Refusal("it takes no such argument" if unknown else f"{tool.name} refuses these arguments")
    except RecursionError:
        return Refusal("the arguments are nested too deep")


def unsaid(tool: Tool, given: Mapping[str, object], said: Sequence[str]) -> list[str]:
    """Return the names of the arguments whose value occurs in none of the texts `said`.

    A value counts as said when the words of one text are read as it (`10M` as 10,000,000), or when it
    stands there itself. What equals the tool's own default says nothing new.
    """
    cases = [arguments_for(tool, text, read_case(text)) for text in said]
    whole = "\n".join(said)
    return [
        name
        for name, value in given.items()
        if value is not None
        and not any(name in case and _same(value, case[name]) for case in cases)
        and not _is_default(tool, name, value)
        and not _stands_in(value, whole)
    ]


def _parsed(text: str) -> dict[str, object] | None:
    if len(text) > LONGEST_ARGUMENTS:
        return None
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def _same(one: object, other: object) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return {_plain(item) for item in one} <= {_plain(item) for item in other}
    return _plain(one) == _plain(other)


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return f"flag {value}"
    if isinstance(value, int | float):
        return float(value)
    return one_line(str(value)).casefold().replace("-", "_").replace(" ", "_")


def _is_default(tool: Tool, name: str, value: object) -> bool:
    properties = tool.schema["properties"]
    known = properties.get(name, {}) if isinstance(properties, dict) else {}
    return "default" in known and _same(value, known["default"])


def _stands_in(value: object, whole: str) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(_stands_in(item, whole) for item in value)
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return not missing_claims(f"{value:g}" if isinstance(value, float) else str(value), whole)
    text = one_line(str(value)).casefold()
    return len(text) >= SHORTEST_TEXT and _bounded(text, one_line(whole).casefold())


def _bounded(text: str, whole: str) -> bool:
    """Return whether `text` stands in `whole` between ends of words."""
    at = whole.find(text)
    while at >= 0:
        before, after = whole[at - 1 : at], whole[at + len(text) : at + len(text) + 1]
        if not (before.isalnum() and text[0].isalnum()) and not (after.isalnum() and text[-1].isalnum()):
            return True
        at = whole.find(text, at + 1)
    return False
