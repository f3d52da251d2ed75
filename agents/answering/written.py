"""From what a model wrote to an answer: every sentence checked, marks that point to its sources."""

from __future__ import annotations

from collections.abc import Mapping

from threadlore.agents.answering.compose import applies_text, entry_pages, given_text
from threadlore.agents.answering.state import AnswerContext, AnswerState, Written
from threadlore.agents.drafting.manuscripts import entity_patterns
from threadlore.agents.grounding.citations import Verdict, citation_marks, renumber, verify_answer
from threadlore.agents.grounding.examining import is_verbatim
from threadlore.agents.grounding.judging import Pair, judge
from threadlore.agents.grounding.support import Grounds
from threadlore.agents.model_calls import ModelCalls
from threadlore.prompts import load
from threadlore.seams import Answer, AnswerSource
from threadlore.tools.registry import tools
from threadlore.types import Citation, Document


async def check_written(state: AnswerState, context: AnswerContext) -> Answer | None:
    """Return the answer of a model as far as it stands; None where what answers does not stand.

    The first sentence must stand, by code and by a second call that sees claims and evidence alone.

    Raises:
        BudgetSpent, ModelDown, ModelReplyUnusable, ConfigError: that call failed.
    """
    written = state.written
    if written is None or context.calls is None:
        return None
    verdict = _verified(state, context, written, {})
    refused = await _judged(context.calls, written, verdict)
    verdict = _verified(state, context, written, refused)
    standing = {text for text, _ in citation_marks(verdict.answer)}
    if written.first not in standing:
        return None
    return _answer(state, context, written, verdict)


def _verified(
    state: AnswerState, context: AnswerContext, written: Written, refused: dict[str, str]
) -> Verdict:
    grounds = Grounds(
        asked=state.question,
        names=entity_patterns(context.profile),
        hosts=written.hosts,
        product=context.profile.product,
    )
    answer = written.answer
    return verify_answer(answer.markdown(), answer.citations, written.texts, grounds, refused)


async def _judged(calls: ModelCalls, written: Written, verdict: Verdict) -> dict[str, str]:
    """Return the sentences that the second call does not find supported."""
    pairs: dict[str, Pair] = {}
    for text, marks in citation_marks(verdict.answer):
        cited = [written.answer.citations[mark] for mark in marks if mark < len(written.answer.citations)]
        if cited and not is_verbatim(text, cited):
            pairs[text] = Pair(text, tuple(_evidence(written, one) for one in cited))
    opinions = await judge(calls, list(pairs.values()))
    for failed in filter(None, (opinion.error for opinion in opinions)):
        raise failed
    said = dict(zip(pairs, opinions, strict=True))
    return {text: str(opinion.said) for text, opinion in said.items() if opinion.said != "supported"}


def _evidence(written: Written, citation: Citation) -> str:
    source = written.texts[citation.source_id]
    text = source.text if citation.kind == "tool" else citation.quote
    return f"{text} ({source.known})" if source.known else text


def _answer(state: AnswerState, context: AnswerContext, written: Written, verdict: Verdict) -> Answer:
    cited = [written.answer.citations[at] for at in verdict.used]
    entries = list(dict.fromkeys(one.source_id for one in cited if one.source_id in context.faq.entries))
    first = context.faq.entries[entries[0]] if entries else None
    called = written.call if any(one.kind == "tool" for one in cited) else None
    text = renumber(verdict.answer, verdict.used)
    if called:
        given = given_text(tools()[called.tool], called.arguments)
        text = "\n\n".join(part for part in (text, given) if part)
    documents = {one.id: one for one in context.records.documents([one.source_id for one in cited])}
    sources = [_source(one, context, documents) for one in cited]
    if called:
        told = load("tool_source").fill(tool=called.tool, version=called.facts_version)
        sources.append(AnswerSource(told, ""))
    pages = [page for key in entries for page in entry_pages(context.faq.entries[key])]
    return Answer(
        kind="tool" if called else "answered",
        text=text,
        confidence=1.0 if called else state.ranking.confidence,
        entry_id=first.id if first else None,
        sources=tuple(dict.fromkeys((*sources, *pages))),
        applies_to=applies_text(first.applies_to) if first else "",
        checked=first.checked_at.isoformat() if first and first.checked_at else "",
        tool=called.tool if called else (first.tools[0] if first and first.tools else None),
        arguments=called.arguments if called else {},
    )


def _source(cited: Citation, context: AnswerContext, documents: Mapping[str, Document]) -> AnswerSource:
    """Return where a citation points to, with its quote: the mark [1] is the first source."""
    entry, document = context.faq.entries.get(cited.source_id), documents.get(cited.source_id)
    if entry is not None:
        url = next((link.url for link in entry.doc_links if link.url), "")
        return AnswerSource(entry.question, url, cited.quote)
    if document is not None:
        title = f"{document.title}: {document.heading}" if document.heading else document.title
        return AnswerSource(
            f"{title} ({document.version})" if document.version else title, cited.url, cited.quote
        )
    return AnswerSource(cited.kind, cited.url, cited.quote)
