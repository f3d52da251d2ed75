"""An entry without a model: a clean question, and an answer of cited sentences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting import composing
from threadlore.agents.drafting.documents import best_sentences, doc_links, find_sections
from threadlore.agents.drafting.evidence import collect
from threadlore.agents.drafting.matters import Lore, Matter
from threadlore.agents.drafting.phrasing import choose_question, other_wordings
from threadlore.agents.drafting.quantities import case_of, fits, quantities_of
from threadlore.agents.drafting.spelling import respelt
from threadlore.agents.drafting.strands import settled
from threadlore.agents.drafting.tool_use import fitting_tool
from threadlore.agents.grounding.facts import applies_from
from threadlore.agents.naming.respelling import KNOWN, corrected
from threadlore.embedding import embed_cached
from threadlore.ids import entry_id
from threadlore.types import AppliesTo, DocLink, FaqEntry, Question, ToolCall, Visibility


@dataclass(frozen=True, slots=True)
class Beside:
    """What an entry has beside question and answer: tools, their calls, pages."""

    tools: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    links: tuple[DocLink, ...] = ()


async def extract_entry(context: AnalysisContext, matter: Matter, lore: Lore) -> FaqEntry | None:
    """Return the draft of a matter; None where its threads hold no sentence that may be quoted."""
    questions = matter.questions
    question, _ = await choose_question(context, questions, {one.id for one in questions if settled(one)})
    own = quantities_of(question)
    tool = fitting_tool(context.profile, question, questions)
    answer = composing.Composed()
    if tool.call:
        answer.add_tool(tool.call)
    evidence = await collect(context, questions, lore.community)
    kept = [one for one in evidence.passages if fits(one.text, case_of(one.question), own)]
    composing.compose(replace(evidence, passages=tuple(kept)), answer)
    if not answer.paragraphs or not question:
        return None
    if answer.question_ids:
        better, _ = await choose_question(context, questions, set(answer.question_ids))
        question = better if quantities_of(better) == own else question
    if not (tool.call or answer.vouched or await _on_it(context, question, answer)):
        return None
    sections = (await find_sections(context, [question], public_only=not matter.private))[0]
    for document, sentence in await best_sentences(context, question, sections, limit=2):
        answer.add_document(document, sentence)
    beside = Beside(tool.names, (tool.call,) if tool.call else (), doc_links(sections))
    return await finished_entry(context, matter, lore, (question, answer), beside)


async def _on_it(context: AnalysisContext, question: str, answer: composing.Composed) -> bool:
    """Return whether what answers speaks of the question that heads the entry, not of another one."""
    quotes = [answer.citations[at].quote for at in answer.core]
    vectors = await embed_cached(context.records, context.embedder(), [question, *quotes])
    near = vectors[1:] @ vectors[0]
    return any(
        composing.relation(float(one), quote, question) >= composing.RELATED
        for one, quote in zip(near, quotes, strict=True)
    )


async def finished_entry(
    context: AnalysisContext,
    matter: Matter,
    lore: Lore,
    said: tuple[str, composing.Composed],
    beside: Beside,
) -> FaqEntry:
    """Return the entry of a matter from its question and answer, as `said`."""
    question, answer = said
    paraphrases = await other_wordings(context, matter.questions, question)
    first = min(matter.questions, key=lambda one: (one.asked_at, one.id))
    return FaqEntry(
        id=entry_id(matter.topic.id, first.id),
        topic_id=matter.topic.id,
        question=_written(question, lore),
        paraphrases=tuple(dict.fromkeys(_written(text, lore) for text in paraphrases)),
        answer=answer.markdown(),
        citations=tuple(answer.citations),
        core=tuple(answer.core),
        tool_calls=beside.calls,
        tools=beside.tools,
        doc_links=beside.links,
        area=matter.topic.area,
        applies_to=_applies_to(matter.questions, answer),
        visibility=Visibility.PRIVATE if matter.private else Visibility.PUBLIC,
        question_ids=tuple(sorted(one.id for one in matter.questions)),
        contested=answer.contested,
        review_reasons=tuple(answer.reasons),
        created_at=context.now,
        updated_at=context.now,
    )


def _written(question: str, lore: Lore) -> str:
    """Return a question as a maintainer would write it: names in their form, known slips mended."""
    return corrected(respelt(question, lore.table), KNOWN)


def _applies_to(questions: Sequence[Question], answer: composing.Composed) -> AppliesTo:
    """Return the versions and days of the threads that the answer quotes."""
    quoted: Collection[str] = set(answer.question_ids)
    since, until = applies_from(
        version for one in questions if one.id in quoted for version in one.facts.versions
    )
    days = sorted(answer.days)
    return AppliesTo(
        since=since,
        until=until,
        first_date=days[0] if days else None,
        last_date=days[-1] if days else None,
    )
