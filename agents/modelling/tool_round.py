"""An exchange with a chat model that may ask for one tool before it replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic

from threadlore.agents.model_calls import ModelCalls
from threadlore.agents.modelling.marking import DataBlock, Limits
from threadlore.agents.toolbox import Refusal, answer_request, offers
from threadlore.chat import ChatReply, ChatRequest, Output, Turn
from threadlore.errors import ModelReplyUnusable
from threadlore.tools.registry import Tool
from threadlore.types import ToolCall

RESULT = Limits(text=2500)
ENOUGH = "refused: one call is enough; reply now"


@dataclass(frozen=True, slots=True)
class ToolRound:
    """The tools that are offered, and the texts in which their arguments must occur."""

    offered: Mapping[str, Tool] = field(default_factory=dict)
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked(Generic[Output]):
    """How an exchange ended: the last request, the reply, the tool's call, and the keys of all calls."""

    request: ChatRequest[Output]
    output: Output
    call: ToolCall | None
    keys: tuple[str, ...]


async def ask_with_tools(
    calls: ModelCalls, request: ChatRequest[Output], messages: Sequence[str], tools: ToolRound
) -> Asked[Output]:
    """Return the reply to `request`. The model may ask for tools once; the first of them is called.

    Raises:
        BudgetSpent, ModelDown: as `ModelCalls.ask`.
        ModelReplyUnusable: nor does it reply after that.
    """
    request = replace(request, tools=offers(tools.offered.values()))
    reply = await calls.ask(request, messages)
    keys = [reply.key]
    call = None
    if reply.output is None:
        request, call = _answered(request, reply, tools)
        reply = await calls.ask(request, messages)
        keys.append(reply.key)
    if reply.output is None:
        raise ModelReplyUnusable(
            f"{calls.model} asked for a tool again instead of replying.", "Try another model."
        )
    return Asked(request, reply.output, call, tuple(keys))


def _answered(
    request: ChatRequest[Output], reply: ChatReply[Output], tools: ToolRound
) -> tuple[ChatRequest[Output], ToolCall | None]:
    """Return the request that goes on with the tool's result, or with why it was not called."""
    call = None
    turns = [Turn("assistant", "", reply.tool_requests)]
    for number, asked in enumerate(reply.tool_requests):
        text = ENOUGH
        if number == 0:
            found = answer_request(asked, tools.offered, tools.said)
            if isinstance(found, Refusal):
                text = f"refused: {found.reason}"
            else:
                call, text = found, _result(found)
        turns.append(Turn("tool", text, answers=asked.id))
    return replace(request, turns=(*request.turns, *turns), tools=()), call


def _result(call: ToolCall) -> str:
    block = DataBlock(RESULT)
    block.tool(call)
    return block.render()
