"""What comes back from an endpoint: any bytes at all, read as a completion and then as the output type."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from threadlore.chat import Output, Usage

MAX_SAID = 20_000
"""Characters of a reply up to which it is worth a repair; a longer one is no slip of the pen."""

MOST_TRIES = 100
"""Braces from which an object is read: each that breaks off costs a walk through the whole reply."""

BREAKS_OFF = "the JSON object in it breaks off"

_OBJECT = re.compile(r'\{(?=\s*["}])')
_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


class _Function(BaseModel):
    name: str
    arguments: str = "{}"


class _Call(BaseModel):
    id: str
    function: _Function


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(BaseModel):
    finish_reason: str | None = None
    message: _Message


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int


class _Body(BaseModel):
    choices: list[_Choice]
    usage: _Usage | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A tool that the model asked for, as it wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion in plain values.

    `problem` says why it cannot be used; `said` is then what a repair may start from. `empty`: there is
    neither text nor a wish for a tool, nor a reason why. `broken`: it is no chat completion at all.
    """

    text: str
    usage: Usage | None
    tools: tuple[Wish, ...] = ()
    problem: str = ""
    said: str = ""
    empty: bool = False
    broken: bool = False


def read_completion(content: bytes) -> Completion:
    """Read the body of a response, whatever it is."""
    try:
        body = _Body.model_validate_json(content)
    except ValidationError:
        return Completion("", None, empty=True, broken=True)
    usage = Usage(body.usage.prompt_tokens, body.usage.completion_tokens) if body.usage else None
    if not body.choices:
        return Completion("", usage, problem="The reply has no choice in it.", empty=True)
    message, reason = body.choices[0].message, body.choices[0].finish_reason
    text = _THOUGHTS.sub("", message.content or "").strip()
    said = text if len(text) <= MAX_SAID else ""
    if message.refusal or reason == "content_filter":
        return Completion(text, usage, problem="The model refuses to answer.")
    if message.tool_calls:
        wishes = tuple(Wish(one.id, one.function.name, one.function.arguments) for one in message.tool_calls)
        return Completion(text, usage, wishes)
    if reason == "length":
        return Completion(text, usage, problem="The reply was cut off: it has to be shorter.", said=said)
    if not text:
        return Completion(text, usage, problem="The reply is empty.", empty=True)
    return Completion(text, usage, said=said)


def read_output(text: str, output: type[Output]) -> tuple[Output | None, str]:
    """Return the output that a text holds, or (None, what does not fit): "" where nothing is JSON."""
    found = _first_object(text)
    if found is None:
        return None, BREAKS_OFF if "{" in text else ""
    try:
        return output.model_validate(found), ""
    except ValidationError as error:
        return None, "; ".join(f"{_place(item['loc'])}: {item['msg']}" for item in error.errors()[:5])


def _first_object(text: str) -> dict[str, Any] | None:
    """Return the first JSON object in a text: models put fences and explanations around it."""
    reader = json.JSONDecoder()
    for begun in islice(_OBJECT.finditer(text), MOST_TRIES):
        try:
            found, _ = reader.raw_decode(text, begun.start())
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return None


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(re.sub(r"\W", "", str(part))[:40] for part in location) or "reply"
