"""The body that is sent to an endpoint, without the parts that it turned out not to know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Any

from pydantic import BaseModel

from threadlore.chat import ChatRequest, Output, Turn

Body = dict[str, Any]

BOUNDS = ("pattern", "maxItems")
"""What bounds a string or a list in our schemas: strict output of some endpoints refuses it."""

HTTP_ERROR = 500
"""Status from which an error is the server's own."""

_SCHEMA_WORDS = ("response_format", "json_schema", "json schema", "structured", "guided", "grammar", "schema")


class Form(IntEnum):
    """How a reply is bound to its type, strictest first; each stands for what an endpoint did not take.

    `BOUND` is a JSON object with a schema beside it, as some servers take it that refuse `SCHEMA`; one that
    passes the schema over has it in the prompt, as with `OBJECT`.
    """

    SCHEMA = 0
    BOUND = 1
    OBJECT = 2
    PROMPT = 3


@dataclass
class Abilities:
    """What an endpoint is taken to know until it refuses it. A server that is new to us knows all."""

    form: Form = Form.SCHEMA
    bounds: bool = True
    temperature: bool = True
    length_name: str = "max_tokens"
    _proven: bool = field(default=False, compare=False)

    def without(self, complaint: str, body: Body, status: int = 400) -> bool:
        """Give up the part of `body` that a refusal names; return whether there is one.

        Some servers answer 500 to a form that they do not know. What has proven itself is not given up
        for an error that may pass.
        """
        said = complaint.lower()
        if status >= HTTP_ERROR and (self._proven or "response_format" not in said):
            return False
        if self.bounds and form_of(body) < Form.OBJECT and any(word.lower() in said for word in BOUNDS):
            self.bounds = False
            return True
        if "response_format" in body and any(word in said for word in _SCHEMA_WORDS):
            self._weaken(form_of(body))
            return True
        if self.length_name in body and self.length_name in said and self.length_name == "max_tokens":
            self.length_name = "max_completion_tokens"
            return True
        if "temperature" in body and "temperature" in said:
            self.temperature = False
            return True
        return False

    def kept_schema(self) -> None:
        """Remember that a reply fitted its schema: whatever comes later, the endpoint knows schemas."""
        self._proven = self._proven or self.form is Form.SCHEMA

    def ignored_schema(self) -> None:
        """Remember that a reply passed its schema over: from now on the prompt says it."""
        if not self._proven:
            self._weaken(Form.SCHEMA)

    def _weaken(self, refused: Form) -> None:
        """Take the form after the one that was refused; many requests at once may have asked for that one."""
        self.form = max(self.form, Form(min(refused + 1, Form.PROMPT)))


def form_of(body: Body) -> Form:
    """Return the form that a body asks for.

    >>> form_of({"response_format": {"type": "json_object"}}).name
    'OBJECT'
    """
    asked = body.get("response_format", {})
    if asked.get("type") == "json_schema":
        return Form.SCHEMA
    if "schema" in asked:
        return Form.BOUND
    return Form.OBJECT if asked else Form.PROMPT


def body_of(request: ChatRequest[Output], model: str, abilities: Abilities, json_rule: str) -> Body:
    """Return the body that asks for `request`.

    Args:
        request: What to ask.
        model: Name of the model.
        abilities: What the endpoint knows.
        json_rule: The instruction that stands for a schema where none can be sent.
    """
    schema = strict_schema(request.output, abilities.bounds)
    system = request.system
    body: Body = {"model": model, abilities.length_name: request.max_tokens}
    if abilities.temperature:
        body["temperature"] = 0
    if abilities.form is Form.SCHEMA:
        form = {"name": request.output.__name__, "schema": schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    else:
        rule = json_rule.replace("{schema}", json.dumps(schema, ensure_ascii=False))
        system = f"{system}\n\n{rule}"
        if abilities.form is Form.BOUND:
            body["response_format"] = {"type": "json_object", "schema": schema}
        elif abilities.form is Form.OBJECT and not request.tools:
            body["response_format"] = {"type": "json_object"}
    body["messages"] = [{"role": "system", "content": system}, *map(_message, request.turns)]
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.schema),
                },
            }
            for tool in request.tools
        ]
    return body


@cache
def strict_schema(output: type[BaseModel], bounds: bool = True) -> Body:
    """Return the schema of an output in the form that strict output wants, without titles: tokens cost.

    `bounds` False leaves out what bounds strings and lists.
    """
    from openai import pydantic_function_tool

    parameters = pydantic_function_tool(output)["function"]["parameters"]
    left_out = ("title",) if bounds else ("title", *BOUNDS)
    bare = _without(json.loads(json.dumps(parameters)), left_out)
    assert isinstance(bare, dict)  # noqa: S101 - the schema of a model is an object
    return bare


def _without(schema: object, words: Sequence[str], names: bool = False) -> object:
    """Return a schema without some of its words; below `properties` they are names of fields."""
    if isinstance(schema, list):
        return [_without(item, words) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without(value, words, names=key in ("properties", "$defs"))
        for key, value in schema.items()
        if names or key not in words
    }


def _message(turn: Turn) -> Body:
    if turn.role == "tool":
        return {"role": "tool", "tool_call_id": turn.answers, "content": turn.text}
    message: Body = {"role": turn.role, "content": turn.text}
    if turn.tool_requests:
        message["tool_calls"] = [
            {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
            for one in turn.tool_requests
        ]
    return message
