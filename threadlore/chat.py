"""The seam to a chat model: one typed request, one typed reply. Backends stand in `threadlore/models`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, Field, JsonValue

from threadlore.ids import digest

Output = TypeVar("Output", bound=BaseModel)

BYTES_A_TOKEN = 3
"""Few, so that the estimate is rather too high: English prose has four, code and logs two and a half."""


def rough_tokens(text: str) -> int:
    """Return about how many tokens a text has, rather too many: for packing and reserving, not for bills.

    >>> rough_tokens("How do I start?")
    5
    """
    return -(-len(text.encode("utf-8", errors="replace")) // BYTES_A_TOKEN)


def most_tokens(text: str) -> int:
    """Return how many tokens a text has at most: hashes and hex in logs have two bytes a token."""
    return -(-len(text.encode("utf-8", errors="replace")) // 2)


@cache
def schema_text(output: type[BaseModel]) -> str:
    """Return the JSON Schema of an output type as text; pydantic takes milliseconds to make one."""
    return json.dumps(output.model_json_schema())


def reference(kinds: str) -> Any:
    """Return the field of a reply that names a line of the data, such as m4: `kinds` are its first letters.

    It binds an endpoint that follows schemas; what another writes is read all the same.

    >>> reference("md").json_schema_extra
    {'pattern': '^[md][0-9]+$'}
    """
    return Field(json_schema_extra={"pattern": f"^[{kinds}][0-9]+$"})


def at_most(count: int) -> Any:
    """Return the field of a list with at most so many items, for endpoints that follow schemas.

    Small models repeat themselves until a reply is cut off.
    """
    return Field(json_schema_extra={"maxItems": count})


AT_A_TIME = 20
"""Conversations in one request, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """A tool that the model may ask for: its name, what it does, and the JSON Schema of its arguments."""

    name: str
    description: str
    schema: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A call that the model asks for. `arguments` is the text that it wrote: not parsed, not trusted."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of an exchange with the model.

    A turn of the assistant may ask for tools; one of kind `tool` answers the request `answers`.
    """

    role: Literal["user", "assistant", "tool"]
    text: str
    tool_requests: tuple[ToolRequest, ...] = ()
    answers: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequest(Generic[Output]):
    """What is asked of the model. `prompt` is `Prompt.label`, name and version, for the record.

    `system` holds our instructions alone; forum text stands only inside marked data in `turns`.
    `max_tokens` bounds the reply.
    """

    prompt: str
    system: str
    turns: tuple[Turn, ...]
    output: type[Output]
    tools: tuple[ToolOffer, ...] = ()
    max_tokens: int = 1024

    def key(self, model: str) -> str:
        """Return the content hash under which the reply of `model` is kept: the same request, paid once."""
        parts = [model, self.prompt, self.system, schema_text(self.output), str(self.max_tokens)]
        parts += [repr(turn) for turn in self.turns] + [repr(tool) for tool in self.tools]
        return digest(*parts, length=32)

    def rough_tokens(self) -> int:
        """Return about how many tokens the request has, rather too many."""
        parts = [self.system, schema_text(self.output)]
        parts += [
            part
            for turn in self.turns
            for part in (turn.text, *(one.name + one.arguments for one in turn.tool_requests))
        ]
        parts += [tool.name + tool.description + json.dumps(dict(tool.schema)) for tool in self.tools]
        return sum(map(rough_tokens, parts)) + 8 * (len(self.turns) + 1)

    def most_tokens(self) -> int:
        """Return how many tokens the request has at most: hashes and hex in logs have two bytes a token."""
        return -(-self.rough_tokens() * BYTES_A_TOKEN // 2)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a call took, as the endpoint counted them."""

    tokens_in: int = 0
    tokens_out: int = 0

    def plus(self, other: Usage) -> Usage:
        """Return what both took together."""
        return Usage(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


@dataclass(frozen=True, slots=True)
class ChatReply(Generic[Output]):
    """What the model said: a typed `output`, or requests for tools (then `output` is None).

    `key` is that under which it is kept: of the repair where the first reply was none.
    """

    output: Output | None
    model: str
    usage: Usage
    tool_requests: tuple[ToolRequest, ...] = ()
    key: str = ""


class ChatModel(Protocol):
    """A chat model behind an endpoint."""

    model: str
    """Name of the model: part of the key under which replies are kept. The same model behind another
    address answers the same, so that the address is no part of it."""
    window: int
    """Tokens that a request and its reply may have together."""
    at_a_time: int
    """Conversations that one request shows, at most; and so topics, drafts, claims."""
    tries: int
    """How often a request is worth sending whose answer does not come."""

    async def complete(self, request: ChatRequest[Output]) -> ChatReply[Output]:
        """Return the typed reply to `request`; the endpoint's waits and retries are inside.

        At most one answer is paid for. A reply that does not fit is not repaired here: whoever calls keeps
        it first. Nor is a request sent again that the endpoint may bill though its answer was not heard.

        Raises:
            ModelDown: the endpoint did not answer after all retries; or it may have, and nobody heard it:
                then the error names the tokens.
            ModelReplyUnusable: it answered, and the reply does not fit the output type.
            ReplyEmpty: it answered with nothing.
            ConfigError: the key or the model name is refused: no retry helps.
        """
        ...
