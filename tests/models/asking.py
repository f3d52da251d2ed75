"""A small request, a good reply, and how an endpoint is asked."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel, ConfigDict

from threadlore.chat import ChatReply, ChatRequest, ToolOffer, Turn
from threadlore.endpoints import Endpoint
from threadlore.models import ModelChoice, load_model
from threadlore.prompts import load
from threadlore.testing.endpoint import FakeEndpoint


class Fact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    version: str | None = None


class Answered(BaseModel):
    """What the model is to say."""

    model_config = ConfigDict(extra="forbid")

    text: str
    facts: tuple[Fact, ...] = ()


GOOD = {"text": "Raise the timeout.", "facts": [{"title": "timeout", "version": "2.4"}]}
SIZE = ToolOffer(
    "size", "Sizes a cluster.", {"type": "object", "properties": {"vectors": {"type": "integer"}}}
)


def request(text: str = "How?", tools: tuple[ToolOffer, ...] = ()) -> ChatRequest[Answered]:
    return ChatRequest("draft/1", "Answer.", (Turn("user", text),), Answered, tools, max_tokens=200)


def ask(
    endpoint: FakeEndpoint, *asked: ChatRequest[Answered], retries: int = 2, timeout_s: float = 5.0
) -> Any:
    """Ask one after the other by one client; return the last reply."""
    address = Endpoint(endpoint.url, timeout_s=timeout_s, retries=retries)
    model = load_model("openai", ModelChoice("fake", address, 8192, load("json_reply").text))

    async def all_of() -> ChatReply[Answered] | None:
        reply = None
        for one in asked or (request(),):
            reply = await model.complete(one)
        return reply

    return asyncio.run(all_of())
