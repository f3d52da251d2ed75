"""Asks a chat model to answer from entries, pages and tools; what it may choose is bounded here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from threadlore.agents.answering.decide import (
    PERSON,
    in_scope,
    ranked_entries,
    surely_answered,
    tools_of_first,
)
from threadlore.agents.answering.state import AnswerContext, AnswerState, Written
from threadlore.agents.drafting import statements
from threadlore.agents.drafting.documents import Library, Section, search_sections
from threadlore.agents.drafting.hosts import host_of, hosts_in, own_hosts
from threadlore.agents.drafting.replies import Statement
from threadlore.agents.drafting.statements import Citable
from threadlore.agents.drafting.wording import is_hostile
from threadlore.agents.grounding.citations import SourceText, renumber
from threadlore.agents.grounding.sources import tool_text
from threadlore.agents.model_calls import ModelCalls
from threadlore.agents.modelling.marking import DataBlock, Limits, instructions
from threadlore.agents.modelling.tool_round import Asked, ToolRound, ask_with_tools
from threadlore.agents.tool_choice import chosen_tool
from threadlore.agents.toolbox import offers
from threadlore.chat import ChatRequest, Turn, at_most, reference
from threadlore.errors import ModelReplyUnusable
from threadlore.prompts import load
from threadlore.tools.calling import arguments_for
from threadlore.tools.registry import Tool
from threadlore.types import FaqEntry

PAGES = 2
SHARES = ((4, 2, 1.0), (3, 1, 1.0), (2, 1, 1.0), (1, 1, 1.0), (1, 1, 0.6), (1, 0, 0.35))
"""Entries, pages, and the share of each text that is shown, tried until the window holds them: the entries
that rank first are worth more whole than all of them in shreds."""

SHOWN = Limits(text=1200, code_lines=14)
LONGEST_QUESTION = 2000
"""Characters of a question that a model is shown."""

REPLY_TOKENS = 900
UNFOUNDED = "What it wrote is not in what it was shown."


class AnswerReply(BaseModel):
    """What a model decides, with what belongs to that action."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["answer", "ask_back", "hand_over"]
    claims: Annotated[list[Statement], at_most(6)]
    missing: str
    between: Annotated[list[Annotated[str, reference("q")]], at_most(3)]


@dataclass(slots=True)
class _Knowledge:
    """What a question is answered from, by local reference."""

    block: DataBlock
    citable: dict[str, Citable] = field(default_factory=dict)
    entries: dict[str, FaqEntry] = field(default_factory=dict)
    texts: dict[str, SourceText] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)


async def consult(state: AnswerState, context: AnswerContext) -> dict[str, object] | None:
    """Return the update of what a model decides; None where the question goes the extractive way.

    The model decides among an answer from what it is shown, one tool, a question back and a person. It
    hands nobody over whom an entry surely answers, and asks back for a tool's argument or between entries
    alone, in the program's words. A question that has nothing to do with the product, and that no page
    covers, is not put to it: a small model answers it with whatever it is shown.

    Raises:
        BudgetSpent, ModelDown, ModelReplyUnusable, ConfigError: as `ModelCalls.ask`; the third also where
            nothing that it wrote cites what it was shown.
    """
    if context.calls is None or not state.question.strip() or PERSON.search(state.question):
        return None
    pages = await _pages(state, context)
    if not (pages or in_scope(state, context) or chosen_tool(context.profile, state.question)):
        return None
    offered = _offered(state, context)
    for entries, most, share in SHARES:
        limits = replace(SHOWN, text=round(SHOWN.text * share))
        ranked = ranked_entries(state, context)[:entries]
        known = _knowledge(state, context, (ranked, pages[:most]), limits)
        request = _request(context.calls, context, known, offered)
        if context.calls.holds(request):
            break
    if not known.citable and not offered:
        return None
    asked = await ask_with_tools(context.calls, request, (), ToolRound(offered, (state.question,)))
    reply = asked.output
    if reply.action == "answer":
        return _answer(asked, known)
    if reply.action == "ask_back":
        return _ask_back(reply, state, known, offered)
    if surely_answered(state, context):
        return None
    return {"kind": "handover", "reason": load("handover_uncovered").fill()}


def _request(
    calls: ModelCalls, context: AnswerContext, known: _Knowledge, offered: Mapping[str, Tool]
) -> ChatRequest[AnswerReply]:
    prompt = load("answer")
    return ChatRequest(
        prompt=prompt.label,
        system=instructions(prompt, product=context.profile.product),
        turns=(Turn("user", known.block.render()),),
        output=AnswerReply,
        tools=offers(offered.values()),
        max_tokens=calls.reply_room(REPLY_TOKENS),
    )


def _answer(asked: Asked[AnswerReply], known: _Knowledge) -> dict[str, object]:
    citable, texts = dict(known.citable), dict(known.texts)
    if asked.call:
        citable["t1"] = Citable(asked.call.id, "tool", asked.call.summary)
        texts[asked.call.id] = SourceText(tool_text(asked.call))
    stated = statements.state(asked.output.claims, citable)
    if not stated.answer.paragraphs:
        raise ModelReplyUnusable(UNFOUNDED)
    written = Written(stated.answer, texts, frozenset(known.hosts), stated.first, asked.call)
    return {"written": written}


def _ask_back(
    reply: AnswerReply, state: AnswerState, known: _Knowledge, offered: Mapping[str, Tool]
) -> dict[str, object] | None:
    """Return the update for a question back: for an argument that is missing, or between entries."""
    for tool in offered.values():
        given = arguments_for(tool, state.question, state.arguments)
        if reply.missing in tool.names and reply.missing not in given:
            return {"kind": "ask_back", "tool": tool.name, "arguments": given, "missing": reply.missing}
    between = [known.entries[ref].id for ref in dict.fromkeys(reply.between) if ref in known.entries]
    return {"kind": "ask_between", "between": tuple(between)} if len(between) > 1 else None


def _knowledge(
    state: AnswerState,
    context: AnswerContext,
    found: tuple[Sequence[FaqEntry], Sequence[Section]],
    limits: Limits,
) -> _Knowledge:
    known = _Knowledge(DataBlock(limits), hosts=own_hosts(context.profile))
    known.block.text("", state.question[:LONGEST_QUESTION], about="asked")
    for entry in found[0]:
        plain = renumber(entry.answer, ())
        ref = known.block.text("", f"{entry.question}\n{plain}", about=_about(entry))
        known.entries[ref] = entry
        known.citable[ref] = Citable(entry.id, "document", plain)
        known.texts[entry.id] = SourceText(plain, f"{entry.question} {_about(entry)}")
        known.hosts |= hosts_in(entry.answer)
    for section in found[1]:
        document = section.document
        ref = known.block.document(document)
        known.citable[ref] = Citable(document.id, "document", document.text, document.url)
        told = f"{document.title} {document.heading} {document.version}"
        known.texts[document.id] = SourceText(document.text, told)
        known.hosts.add(host_of(document.url))
    known.hosts.discard("")
    return known


async def _pages(state: AnswerState, context: AnswerContext) -> list[Section]:
    """Return the public pages that cover the question; its vector is kept nowhere."""
    import numpy as np

    vector = np.asarray([state.vector], np.float32)
    if not state.vector:
        vector = await context.embedder.embed([state.question])
    parts = Library(context.records, context.embedder, context.vectors)
    found = (await search_sections(parts, [state.question], vector))[0]
    return [one for one in found if not is_hostile(one.document.text)][:PAGES]


def _offered(state: AnswerState, context: AnswerContext) -> dict[str, Tool]:
    """Return the tools that the question calls for, and those of the nearest entry."""
    chosen = chosen_tool(context.profile, state.question)
    found = [*([chosen] if chosen else []), *tools_of_first(state, context)]
    return {tool.name: tool for tool in found if tool.pure}


def _about(entry: FaqEntry) -> str:
    applies = entry.applies_to
    versions = " to ".join(dict.fromkeys(one for one in (applies.since, applies.until) if one))
    checked = f", checked {entry.checked_at}" if entry.checked_at else ""
    return f"entry{f', version {versions}' if versions else ''}{checked}"
