"""The fake endpoint keeps to OpenAI's specification, and the check of that would notice if it did not."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.openai_spec import OpenAISpecification
from threadlore.testing.replies import ToolWish, completion, models

REQUEST: dict[str, Any] = {
    "model": "fake",
    "messages": [{"role": "system", "content": "Answer."}, {"role": "user", "content": "How?"}],
    "temperature": 0,
    "max_tokens": 100,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "Answered", "schema": {"type": "object"}, "strict": True},
    },
    "tools": [{"type": "function", "function": {"name": "size", "parameters": {"type": "object"}}}],
}
REPLY = completion(REQUEST, {"text": "yes"}, 0)
WISH = completion(REQUEST, [ToolWish("size", {"vectors": 1})], 1)


def test_good_bodies_pass(openai_specification: OpenAISpecification) -> None:
    openai_specification("/chat/completions", "request", REQUEST)
    openai_specification("/chat/completions", "response", REPLY)
    openai_specification("/chat/completions", "response", WISH)
    openai_specification("/models", "response", models())
    openai_specification("/embeddings", "request", {"model": "m", "input": ["a"], "encoding_format": "float"})


BROKEN_REQUESTS = {
    "no model": lambda body: body.pop("model"),
    "no messages": lambda body: body.update(messages=[]),
    "unknown role": lambda body: body["messages"][0].update(role="robot"),
    "number as content": lambda body: body["messages"][1].update(content=7),
    "too hot": lambda body: body.update(temperature=3),
    "half a token": lambda body: body.update(max_tokens=1.5),
    "unknown format": lambda body: body.update(response_format={"type": "xml"}),
    "schema without a name": lambda body: body["response_format"]["json_schema"].pop("name"),
    "tool without a function": lambda body: body["tools"][0].pop("function"),
    "invented field": lambda body: body.update(max_output=5),
    "tool answer without its call": lambda body: body["messages"].append({"role": "tool", "content": "x"}),
}
BROKEN_REPLIES = {
    "no choices": lambda body: body.pop("choices"),
    "no id": lambda body: body.pop("id"),
    "unknown reason": lambda body: body["choices"][0].update(finish_reason="tired"),
    "no logprobs": lambda body: body["choices"][0].pop("logprobs"),
    "no refusal": lambda body: body["choices"][0]["message"].pop("refusal"),
    "user speaks": lambda body: body["choices"][0]["message"].update(role="user"),
    "half usage": lambda body: body["usage"].pop("total_tokens"),
    "another object": lambda body: body.update(object="text_completion"),
    "time as text": lambda body: body.update(created="now"),
}


@pytest.mark.parametrize("name", BROKEN_REQUESTS)
def test_broken_requests_are_caught(openai_specification: OpenAISpecification, name: str) -> None:
    body = deepcopy(REQUEST)
    BROKEN_REQUESTS[name](body)
    with pytest.raises(ValueError):
        openai_specification("/chat/completions", "request", body)


@pytest.mark.parametrize("name", BROKEN_REPLIES)
def test_broken_replies_are_caught(openai_specification: OpenAISpecification, name: str) -> None:
    body = deepcopy(REPLY)
    BROKEN_REPLIES[name](body)
    with pytest.raises(ValueError):
        openai_specification("/chat/completions", "response", body)


@pytest.mark.parametrize(
    "body",
    [
        {"model": "m"},
        {"input": ["a"]},
        {"model": "m", "input": []},
        {"model": "m", "input": ["a"], "size": 3},
    ],
)
def test_broken_requests_for_vectors_are_caught(
    openai_specification: OpenAISpecification, body: dict[str, Any]
) -> None:
    with pytest.raises(ValueError):
        openai_specification("/embeddings", "request", body)
