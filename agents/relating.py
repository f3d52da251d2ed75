"""Whether a draft asks what an entry asks already: code finds the candidates, a model chooses among them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from threadlore.agents.context import AnalysisContext
from threadlore.agents.model_calls import FALLS_BACK, ModelCalls
from threadlore.agents.modelling.marking import DataBlock, Limits, instructions
from threadlore.agents.modelling.packing import batches_of, text_tokens
from threadlore.chat import ChatRequest, Turn, at_most
from threadlore.prompts import load
from threadlore.types import FaqEntry, Skipped

DRAFTS_A_CALL = 6
CANDIDATES = 3
SHOWN = Limits(text=420)
TOKENS_A_DRAFT = 40


class Relation(BaseModel):
    """How the draft of that number stands to the entry of that number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    draft: int
    relation: Literal["new", "same", "contradiction"]
    entry: int


class LibrarianReply(BaseModel):
    """A relation for every draft."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relations: Annotated[list[Relation], at_most(DRAFTS_A_CALL)]


@dataclass(slots=True)
class Relations:
    """What a model decided, by draft: `same` the entry that asks the same, `contested` those that differ.

    `asked` are the drafts that it decided on at all; the others go by the likeness of their wordings.
    `failed` counts those about which it could not be asked.
    """

    same: dict[str, str] = field(default_factory=dict)
    contested: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    failed: int = 0


async def relate(
    context: AnalysisContext,
    drafts: Sequence[FaqEntry],
    candidates: Mapping[str, Sequence[FaqEntry]],
) -> Relations:
    """Return how `drafts` stand to their `candidates` (by draft id, likeliest first), as a model sees it.

    A call that fails leaves its drafts to the code, and is named in the run.
    """
    found = Relations()
    open_drafts = [draft for draft in drafts if candidates.get(draft.id)]
    if context.calls is None or not open_drafts:
        return found
    bare = _request(DataBlock(SHOWN).render(), 0)
    room = context.calls.window - bare.rough_tokens() - bare.max_tokens
    sizes = [_size(draft, candidates[draft.id]) for draft in open_drafts]
    parts = batches_of(open_drafts, sizes, room, min(DRAFTS_A_CALL, context.calls.at_a_time))
    await asyncio.gather(*(_decide(context, context.calls, part, candidates, found) for part in parts))
    return found


async def _decide(
    context: AnalysisContext,
    calls: ModelCalls,
    drafts: Sequence[FaqEntry],
    candidates: Mapping[str, Sequence[FaqEntry]],
    found: Relations,
) -> None:
    block = DataBlock(SHOWN)
    for number, draft in enumerate(drafts, start=1):
        block.text("", _shown(draft), about=f"draft {number}")
        for place, entry in enumerate(candidates[draft.id][:CANDIDATES], start=1):
            block.text("", _shown(entry), about=f"entry {place} for draft {number}")
    request = _request(block.render(), len(drafts))
    shown = [entry for draft in drafts for entry in (draft, *candidates[draft.id][:CANDIDATES])]
    try:
        reply = await calls.ask(request, _messages(context, shown))
    except FALLS_BACK as error:
        reason = f"compared without the model: {error.message}"
        context.skipped([Skipped(item=f"librarian on {draft.id}", reason=reason) for draft in drafts])
        found.failed += len(drafts)
        return
    decided = {one.draft: one for one in reversed(reply.output.relations)} if reply.output else {}
    for number, draft in enumerate(drafts, start=1):
        relation = decided.get(number)
        near = candidates[draft.id][:CANDIDATES]
        if relation is None or not 0 <= relation.entry <= len(near):
            continue
        found.asked.add(draft.id)
        if relation.relation != "new" and relation.entry:
            found.same[draft.id] = near[relation.entry - 1].id
            if relation.relation == "contradiction":
                found.contested.add(draft.id)


def _request(data: str, count: int) -> ChatRequest[LibrarianReply]:
    return ChatRequest(
        prompt=load("librarian").label,
        system=instructions(load("librarian")),
        turns=(Turn("user", data),),
        output=LibrarianReply,
        max_tokens=100 + TOKENS_A_DRAFT * count,
    )


def _size(draft: FaqEntry, candidates: Sequence[FaqEntry]) -> int:
    """Return about how many tokens a draft takes with its candidates, and with its line in the reply."""
    shown = [draft, *candidates[:CANDIDATES]]
    return sum(text_tokens(_shown(entry), SHOWN) for entry in shown) + TOKENS_A_DRAFT


def _shown(entry: FaqEntry) -> str:
    days = entry.applies_to
    versions = " to ".join(dict.fromkeys(version for version in (days.since, days.until) if version))
    told = ", ".join(
        part for part in (f"version {versions}" if versions else "", str(days.last_date or "")) if part
    )
    return f"{entry.question}\n{f'({told}) ' if told else ''}{entry.answer}"


def _messages(context: AnalysisContext, entries: Sequence[FaqEntry]) -> list[str]:
    """Return the messages that the questions and answers of `entries` were made from."""
    keys = {key for entry in entries for key in entry.question_ids}
    asked = [key for one in context.records.questions(sorted(keys)) for key in one.message_ids]
    cited = [one.source_id for entry in entries for one in entry.citations if one.kind == "message"]
    return list(dict.fromkeys([*asked, *cited]))
