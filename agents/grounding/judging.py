"""The second check: a model that sees claims and their evidence alone says whether they are carried."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from threadlore.agents.model_calls import FALLS_BACK, ModelCalls
from threadlore.agents.modelling.marking import DataBlock, Limits, instructions
from threadlore.agents.modelling.packing import batches_of, text_tokens
from threadlore.chat import ChatRequest, Turn, at_most
from threadlore.errors import ThreadloreError
from threadlore.prompts import load

CLAIMS_A_CALL = 20
SHOWN = Limits(text=1500)
TOKENS_A_VERDICT = 24

Said = Literal["supported", "contradicted", "not covered"]


class Judged(BaseModel):
    """The verdict on the claim of that number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: int
    verdict: Said


class CheckReply(BaseModel):
    """A verdict for every claim."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdicts: Annotated[list[Judged], at_most(CLAIMS_A_CALL)]


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim and its evidence; `messages` are ids of those that either was made from."""

    claim: str
    evidence: tuple[str, ...]
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was said of a claim, by the call of that key; or why nothing was."""

    said: Said | None
    key: str = ""
    error: ThreadloreError | None = None


async def judge(calls: ModelCalls, pairs: Sequence[Pair]) -> list[Opinion]:
    """Return an opinion on each of `pairs`, many a call. A claim that the model passes over is not covered.

    A call that fails leaves its claims without an opinion; an error that no other call escapes is raised.
    """
    bare = _request(DataBlock(SHOWN).render(), 0)
    room = calls.window - bare.rough_tokens() - bare.max_tokens
    parts = batches_of(pairs, [_size(pair) for pair in pairs], room, min(CLAIMS_A_CALL, calls.at_a_time))
    found = await asyncio.gather(*(_tried(calls, part) for part in parts))
    return [opinion for part in found for opinion in part]


async def _tried(calls: ModelCalls, pairs: Sequence[Pair]) -> list[Opinion]:
    try:
        said, key = await _judged(calls, pairs)
    except FALLS_BACK as error:
        return [Opinion(None, error=error) for _ in pairs]
    return [Opinion(verdict, key) for verdict in said]


async def _judged(calls: ModelCalls, pairs: Sequence[Pair]) -> tuple[list[Said], str]:
    block = DataBlock(SHOWN)
    for number, pair in enumerate(pairs, start=1):
        block.text("", pair.claim, about=f"claim {number}")
        block.text("", "\n".join(pair.evidence), about=f"evidence of claim {number}")
    messages = list(dict.fromkeys(key for pair in pairs for key in pair.messages))
    reply = await calls.ask(_request(block.render(), len(pairs)), messages)
    said = _worst(reply.output.verdicts if reply.output else ())
    verdicts = [said.get(number, "not covered") for number in range(1, len(pairs) + 1)]
    return verdicts, reply.key


def _request(data: str, count: int) -> ChatRequest[CheckReply]:
    return ChatRequest(
        prompt=load("check").label,
        system=instructions(load("check")),
        turns=(Turn("user", data),),
        output=CheckReply,
        max_tokens=100 + TOKENS_A_VERDICT * count,
    )


def _size(pair: Pair) -> int:
    """Return about how many tokens a pair takes, with its verdict."""
    shown = (pair.claim, "\n".join(pair.evidence))
    return sum(text_tokens(text, SHOWN) for text in shown) + TOKENS_A_VERDICT


def _worst(verdicts: Sequence[Judged]) -> Mapping[int, Said]:
    """Return the verdict by number; where a model gives several, the worst."""
    order: tuple[Said, ...] = ("supported", "not covered", "contradicted")
    found: dict[int, Said] = {}
    for one in verdicts:
        before = found.get(one.claim, "supported")
        found[one.claim] = max(before, one.verdict, key=order.index)
    return found
