"""Calls of the chat model that are paid for once: kept in the records before anybody uses them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from weakref import WeakValueDictionary

from pydantic import ValidationError

from threadlore.agents.budget import Purse
from threadlore.calls import AskedTool, CallRecords, ModelCall
from threadlore.chat import ChatModel, ChatReply, ChatRequest, Output, ToolRequest, Turn, Usage
from threadlore.errors import BudgetSpent, ModelDown, ModelReplyUnusable, ReplyEmpty, RequestRefused
from threadlore.prompts import load

TRY_LATER = (ModelDown, BudgetSpent, RequestRefused)
"""What brought no reply: the next run asks again."""

FALLS_BACK = (ModelDown, ModelReplyUnusable, BudgetSpent)
"""What a node catches for one item: the item goes the extractive way, counted and named in the run."""

PATIENCE = 3
"""Calls in a row that the endpoint must leave unanswered before the run stops trying; None: never."""


@dataclass(slots=True)
class _Bill:
    """What the tries of one call took together."""

    used: Usage = field(default_factory=Usage)
    cost: float = 0.0


class KeepsNothing:
    """Stands for the records where nothing may be kept: what people ask the bot is no record."""

    def model_call(self, key: str) -> ModelCall | None:
        """Return None."""
        return None

    def save_model_call(self, call: ModelCall, messages: Sequence[str]) -> bool:
        """Return False."""
        return False


class ModelCalls:
    """Asks a chat model, each thing once: a reply that is in the records is not paid for again.

    A reply is stored before it is returned, so that a kill at any moment loses at most the calls under
    way. One that cannot be used is stored too, and so is the one repair that is tried; a request that was
    refused unread cost nothing, and is not.
    """

    def __init__(
        self,
        records: CallRecords,
        model: ChatModel,
        purse: Purse,
        run_id: str,
        now: Callable[[], datetime],
        patience: int | None = PATIENCE,
    ) -> None:
        self._records = records
        self._model = model
        self._purse = purse
        self._run_id = run_id
        self._now = now
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._patience = patience
        self._unanswered = 0

    @property
    def model(self) -> str:
        """Name of the model."""
        return self._model.model

    @property
    def window(self) -> int:
        """Tokens that a request and its reply may have together."""
        return self._model.window

    @property
    def at_a_time(self) -> int:
        """Conversations, topics, drafts or claims that one request shows, at most."""
        return self._model.at_a_time

    def holds(self, request: ChatRequest[Output]) -> bool:
        """Return whether the window holds a request, its reply, and a second one after a complaint."""
        return request.rough_tokens() + 2 * request.max_tokens <= self.window

    def reply_room(self, wanted: int) -> int:
        """Return how long a reply may be where `wanted` tokens are enough: no more than a quarter of all."""
        return min(wanted, self.window // 4)

    async def ask(self, request: ChatRequest[Output], messages: Sequence[str]) -> ChatReply[Output]:
        """Return the reply to `request`, from the records or from the model.

        Args:
            request: What to ask.
            messages: Ids of all messages whose text the request carries, in any form: titles, questions
                and quotes that were taken from them too. Their deletion deletes the reply.

        Raises:
            BudgetSpent: the call could go over the run's budget.
            ModelDown: the endpoint does not answer.
            ModelReplyUnusable: neither the reply fits the output type, nor one repair that the window holds.
            RequestRefused: the endpoint does not take the request; it may in the next run.
            ConfigError: the key or the model name is refused.
        """
        try:
            return await self._once(request, messages)
        except ModelReplyUnusable as error:
            again = repair(request, error)
            if not error.said or again.rough_tokens() + again.max_tokens > self.window:
                raise
            return await self._once(again, messages)

    async def _once(self, request: ChatRequest[Output], messages: Sequence[str]) -> ChatReply[Output]:
        key = request.key(self._model.model)
        turn = self._turns.setdefault(key, asyncio.Lock())  # it goes with the last who waits for it
        async with turn:
            known = await asyncio.to_thread(self._records.model_call, key)
            if known is None:
                known = await self._made(key, request)
                await asyncio.to_thread(self._records.save_model_call, known, messages)
            else:
                self._purse.reuse(request.prompt)
        return _reply(known, request)

    async def _made(self, key: str, request: ChatRequest[Output]) -> ModelCall:
        """Ask the model; what it said is paid for, whether or not it can be used."""
        if self._patience is not None and self._unanswered >= self._patience:
            raise ModelDown(
                f"The endpoint of {self._model.model} left {self._unanswered} calls in a row unanswered.",
                "Run again when it is up: what is done is kept.",
            )
        bill = _Bill()
        call = ModelCall(
            key=key,
            run_id=self._run_id,
            prompt=request.prompt,
            model=self._model.model,
            reply="",
            at=self._now(),
        )
        try:
            said = await self._heard(request, bill)
        except RequestRefused:
            self._unanswered = 0
            raise
        except ModelDown:
            self._unanswered += 1
            raise
        self._unanswered = 0
        took = {"tokens_in": bill.used.tokens_in, "tokens_out": bill.used.tokens_out, "cost": bill.cost}
        return call.model_copy(update=said | took)

    async def _heard(self, request: ChatRequest[Output], bill: _Bill) -> dict[str, object]:
        """Ask until something is heard, and return it as fields of the call.

        The endpoint may bill an answer that nobody heard, and bills an empty one: the budget must hold
        every try. An empty one is tried once more, one that was not heard as often as the model says.
        """
        left, empty = self._model.tries, False
        while True:
            try:
                reply = await self._tried(request, bill)
            except ReplyEmpty as error:
                if empty:
                    return {"problem": error.message}
                empty = True
            except RequestRefused:
                raise
            except ModelReplyUnusable as error:
                return {"reply": error.said, "problem": error.message}
            except ModelDown as error:
                left -= 1
                if left < 1 or not (error.tokens_in or error.tokens_out):
                    raise
            else:
                tools = tuple(
                    AskedTool(id=one.id, name=one.name, arguments=one.arguments)
                    for one in reply.tool_requests
                )
                return {"reply": reply.output.model_dump_json() if reply.output else "", "tools": tools}

    async def _tried(self, request: ChatRequest[Output], bill: _Bill) -> ChatReply[Output]:
        """Ask once, within the budget."""
        reserved = await self._purse.reserve(request.most_tokens(), request.max_tokens)
        used = Usage()
        try:
            reply = await self._model.complete(request)
            used = reply.usage
        except (ModelReplyUnusable, ModelDown) as error:
            used = Usage(error.tokens_in, error.tokens_out)
            raise
        finally:
            bill.used = bill.used.plus(used)
            bill.cost += await self._purse.settle(reserved, request.prompt, used.tokens_in, used.tokens_out)
        _refuse_unknown_tools(reply, request)
        return reply


def _refuse_unknown_tools(reply: ChatReply[Output], request: ChatRequest[Output]) -> None:
    """Raise ModelReplyUnusable where a reply asks for a tool that nobody offered: it can be told so."""
    offered = [tool.name for tool in request.tools]
    if all(wish.name in offered for wish in reply.tool_requests):
        return
    known = ", ".join(offered) or "none"
    raise ModelReplyUnusable(
        f"It asks for a tool that does not exist. The tools are: {known}.",
        said="(a call of a tool that does not exist)",
    )


def repair(request: ChatRequest[Output], error: ModelReplyUnusable) -> ChatRequest[Output]:
    """Return the request that shows the model its reply and what is wrong with it."""
    complaint = load("repair").fill(problem=error.message)
    return replace(request, turns=(*request.turns, Turn("assistant", error.said), Turn("user", complaint)))


def _reply(call: ModelCall, request: ChatRequest[Output]) -> ChatReply[Output]:
    """Return a kept reply in its type.

    Raises:
        ModelReplyUnusable: it was kept as one that cannot be used.
    """
    if call.problem:
        raise ModelReplyUnusable(call.problem, said=call.reply)
    tools = tuple(ToolRequest(one.id, one.name, one.arguments) for one in call.tools)
    try:
        output = request.output.model_validate_json(call.reply) if call.reply else None
    except ValidationError as error:
        raise ModelReplyUnusable(f"A kept reply does not fit: {error.error_count()} fields.") from error
    return ChatReply(output, call.model, Usage(call.tokens_in, call.tokens_out), tools, call.key)
