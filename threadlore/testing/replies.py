"""What an OpenAI-compatible endpoint sends, in the form of its specification."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

Body = dict[str, Any]

CREATED = 1_790_000_000
"""Unix time of every reply: the same request is answered the same."""


@dataclass(frozen=True, slots=True)
class ToolWish:
    """A tool that the model asks for."""

    name: str
    arguments: Mapping[str, Any]


Answer = str | BaseModel | Mapping[str, Any] | Sequence[ToolWish]
"""What the model says: a text, an object as JSON, or wishes for tools."""


def completion(request: Mapping[str, Any], answer: Answer, number: int) -> Body:
    """Return a chat completion with `answer`, and usage of four characters a token."""
    message: Body = {"role": "assistant", "content": None, "refusal": None}
    reason = "stop"
    if isinstance(answer, str | BaseModel | Mapping):
        message["content"] = _text(answer)
        written = message["content"]
    else:
        message["tool_calls"] = [_call(wish, number, place) for place, wish in enumerate(answer)]
        written = json.dumps(message["tool_calls"])
        reason = "tool_calls"
    sent = json.dumps([request["messages"], request.get("tools"), request.get("response_format")])
    tokens_in, tokens_out = -(-len(sent) // 4), -(-len(written) // 4)
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": CREATED,
        "model": request["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }


def _text(answer: str | BaseModel | Mapping[str, Any]) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, BaseModel):
        return answer.model_dump_json()
    return json.dumps(dict(answer), ensure_ascii=False)


def _call(wish: ToolWish, number: int, place: int) -> Body:
    function = {"name": wish.name, "arguments": json.dumps(dict(wish.arguments))}
    return {"id": f"call_{number}_{place}", "type": "function", "function": function}


async def embeddings(request: Mapping[str, Any], dimension: int) -> Body:
    """Return hashed vectors for the texts of a request, twice as long as one: to be normalised."""
    from threadlore.testing import HashEmbedder

    texts = request["input"]
    vectors = await HashEmbedder(dimension).embed(texts)
    data = [
        {"object": "embedding", "index": place, "embedding": [round(float(value) * 2, 6) for value in row]}
        for place, row in enumerate(vectors)
    ]
    tokens = sum(-(-len(text) // 4) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "model": request["model"], "data": data, "usage": usage}


def models() -> Body:
    """Return the list of models: one."""
    one = {"id": "fake", "object": "model", "created": CREATED, "owned_by": "threadlore"}
    return {"object": "list", "data": [one]}


def error_body(message: str) -> Body:
    """Return the body of an error."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
