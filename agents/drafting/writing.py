"""An entry written by a chat model: shown what may be trusted, asked for claims that cite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.conflicts import both_sides, opposed, shown
from threadlore.agents.drafting.documents import doc_links
from threadlore.agents.drafting.extracting import Beside, finished_entry
from threadlore.agents.drafting.manuscripts import Exchange, Manuscript, entity_patterns
from threadlore.agents.drafting.material import Material, gather
from threadlore.agents.drafting.matters import Lore, Matter
from threadlore.agents.drafting.phrasing import LEAST_FORM, choose_question, heads
from threadlore.agents.drafting.quantities import quantities_of
from threadlore.agents.drafting.replies import DraftReply
from threadlore.agents.drafting.sentences import one_line, split_sentences
from threadlore.agents.drafting.standing import stands_alone
from threadlore.agents.drafting.statements import Citable, state
from threadlore.agents.drafting.strands import settled
from threadlore.agents.drafting.tool_use import fitting_tool
from threadlore.agents.drafting.wording import clean_question, question_form
from threadlore.agents.grounding.outgoing import objection
from threadlore.agents.grounding.support import Grounds, unsupported
from threadlore.agents.model_calls import ModelCalls
from threadlore.agents.modelling.marking import DataBlock, Limits, instructions
from threadlore.agents.modelling.packing import narrower
from threadlore.agents.modelling.tool_round import ToolRound, ask_with_tools
from threadlore.agents.toolbox import offers
from threadlore.chat import ChatRequest, Turn
from threadlore.prompts import load
from threadlore.tools.registry import Tool, tools

SHOWN = Limits(text=800, code_lines=14)
MAX_ASKED = 6
"""Wordings of the question that are shown."""

REPLY_TOKENS = 900
LONGEST_QUESTION = 200


async def write_entry(
    context: AnalysisContext, calls: ModelCalls, matter: Matter, lore: Lore
) -> Manuscript | None:
    """Return the draft that a model makes of a matter; None where it finds no answer in what it is shown.

    Raises:
        BudgetSpent, ModelDown, ModelReplyUnusable: as `ModelCalls.ask`.
    """
    chosen, _ = await choose_question(
        context, matter.questions, {q.id for q in matter.questions if settled(q)}
    )
    question = chosen or clean_question(matter.questions[0].text)
    material = await gather(context, question, matter.questions, lore.community)
    if not material.told and not material.sections:
        return None
    use = fitting_tool(context.profile, question, matter.questions)
    offered = _offered(use.names)
    for limits in narrower(SHOWN):
        block, sources, messages = _shown(material, question, limits)
        request = ChatRequest(
            prompt=load("draft").label,
            system=instructions(load("draft"), product=context.profile.product),
            turns=(Turn("user", block.render()),),
            output=DraftReply,
            tools=offers(offered.values()),
            max_tokens=calls.reply_room(REPLY_TOKENS),
        )
        if calls.holds(request):
            break
    said = [question, *(q.text for q in matter.questions), *(one.message.text for one in material.told)]
    done = await ask_with_tools(calls, request, messages, ToolRound(offered, tuple(said)))
    if done.call:
        sources = {**sources, "t1": Citable(done.call.id, "tool", done.call.summary)}
    exchange = Exchange(
        request=done.request,
        reply=done.output,
        material=material,
        sources=sources,
        messages=tuple(messages),
        tools=use.names,
        call=done.call,
        keys=done.keys,
    )
    return await _manuscript(context, matter, lore, exchange)


async def write_again(
    context: AnalysisContext, calls: ModelCalls, manuscript: Manuscript, lore: Lore
) -> Manuscript | None:
    """Return the draft after the model was told which claims were refused, and why.

    Raises:
        BudgetSpent, ModelDown, ModelReplyUnusable: as `ModelCalls.ask`.
    """
    before = manuscript.exchange
    if before is None:
        return manuscript
    block = DataBlock(Limits(text=200))
    for finding in manuscript.findings:
        number = manuscript.numbers.get(finding.unit, 0)
        block.text("", finding.reason, about=f"claim {number}" if number else "a claim")
    complaint = f"{load('draft_again').text}\n\n{block.render()}"
    turns = (
        *before.request.turns,
        Turn("assistant", before.reply.model_dump_json()),
        Turn("user", complaint),
    )
    request = replace(before.request, prompt=load("draft_again").label, turns=turns)
    reply = await ask_with_tools(calls, request, before.messages, ToolRound())
    keys = (*before.keys, *reply.keys)
    exchange = replace(before, request=reply.request, reply=reply.output, keys=keys)
    again = await _manuscript(context, manuscript.matter, lore, exchange)
    return again and replace(again, attempt=manuscript.attempt + 1)


def _offered(names: Sequence[str]) -> dict[str, Tool]:
    """Return the tools that fit and work on numbers: others work on one asker's words."""
    known = tools()
    return {name: known[name] for name in names if name in known and known[name].required}


def _shown(
    material: Material, question: str, limits: Limits
) -> tuple[DataBlock, dict[str, Citable], list[str]]:
    """Return what the model is shown, what its references mean, and the messages that it is made from."""
    block = DataBlock(limits)
    sources: dict[str, Citable] = {}
    messages = [key for one in material.questions for key in one.message_ids]
    texts = list(dict.fromkeys([question, *(one.text for one in material.questions)]))
    for text in texts[:MAX_ASKED]:
        block.text("", text, about="asked")
    by_question: dict[str, list[int]] = {}
    for at, told in enumerate(material.told):
        by_question.setdefault(told.question.id, []).append(at)
    for places in by_question.values():
        chosen = sorted(
            (material.told[at] for at in places), key=lambda one: (one.message.created_at, one.message.id)
        )
        refs = block.messages([one.message for one in chosen])
        for one in chosen:
            message = one.message
            sources[refs[message.id]] = Citable(
                message.id, "message", message.text, message.url, one.question.id, message.created_at.date()
            )
            messages.append(message.id)
    for section in material.sections:
        document = section.document
        sources[block.document(document)] = Citable(document.id, "document", document.text, document.url)
    return block, sources, list(dict.fromkeys(messages))


async def _manuscript(
    context: AnalysisContext, matter: Matter, lore: Lore, exchange: Exchange
) -> Manuscript | None:
    """Return the claims of a reply as a draft."""
    material, call = exchange.material, exchange.call
    stated = state(exchange.reply.claims, exchange.sources)
    answer = stated.answer
    if not answer.paragraphs and not stated.findings:
        return None
    sides = await opposed(context, answer, material)
    if sides and not shown(answer, sides):
        answer, stated.first = both_sides(sides), ""
    elif sides:
        answer.contested = True
        answer.reasons.append("the threads give different answers")
    question = await _question(context, matter, exchange)
    if not question:
        return None
    used = call is not None and any(one.source_id == call.id for one in answer.citations)
    calls = (call,) if call and used else ()
    beside = Beside(exchange.tools, calls, doc_links(material.sections))
    entry = await finished_entry(context, matter, lore, (question, answer), beside)
    return Manuscript(
        matter=matter,
        entry=entry,
        exchange=exchange,
        findings=tuple(stated.findings),
        numbers=stated.numbers,
        first=stated.first,
    )


async def _question(context: AnalysisContext, matter: Matter, exchange: Exchange) -> str:
    """Return the model's question where it stands alone, else a person's wording, else the model's."""
    written = clean_question(one_line(exchange.reply.question))
    stands = question_stands(context, written, matter, exchange.material)
    if stands and heads(written, question_form(written)):
        return written
    answered = {one.question.id for one in exchange.material.told}
    chosen, _ = await choose_question(context, matter.questions, answered)
    tells = question_form(written) > LEAST_FORM and stands_alone(written)
    return chosen or (written if stands and tells else "")


def question_stands(context: AnalysisContext, written: str, matter: Matter, material: Material) -> bool:
    """Return whether a model's question is plain, and says nothing that nobody asked."""
    asked = [one.text for one in matter.questions]
    if not 0 < len(written) <= LONGEST_QUESTION or objection(written, material.hosts):
        return False
    if len(split_sentences(written)) > 1:
        return False
    own, theirs = quantities_of(written), [quantities_of(text) for text in asked]
    if any(all(case.get(name) != value for case in theirs) for name, value in own.items()):
        return False
    grounds = Grounds(names=entity_patterns(context.profile), product=context.profile.product)
    return not unsupported(written, asked, grounds)
