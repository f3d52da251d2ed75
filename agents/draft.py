"""Drafts entries by extraction: a clean question, and an answer of cited sentences."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting import composing
from threadlore.agents.drafting.documents import best_sentences, doc_links, find_sections
from threadlore.agents.drafting.evidence import Evidence, collect, usable_questions
from threadlore.agents.drafting.strands import find_strands, wordings_of_questions
from threadlore.agents.drafting.tool_use import fitting_tool
from threadlore.agents.grounding.facts import applies_from
from threadlore.embedding import embed_cached
from threadlore.faq_files import normal_question
from threadlore.ids import entry_id
from threadlore.types import AppliesTo, FaqEntry, Question, Topic, Visibility

MAX_PARAPHRASES = 8
QUESTION_FORM = 0.3
"""How well a wording must stand alone to be an entry's question."""

LEAST_FORM = 0.16
"""How well a wording must stand alone to be kept beside the question."""

SAME_ENOUGH = 0.5
"""Cosine to the question from which another wording may stand for it."""


async def draft_entries(context: AnalysisContext, topic_ids: Sequence[str]) -> list[FaqEntry]:
    """Return drafts for the topics: one for each thing that enough authors asked and that was settled.

    A topic can hold several matters, and an entry answers one. Where nothing was settled, or the threads
    hold no sentence that may be quoted, there is no draft: it stays an open question of the report.
    """
    wanted = set(topic_ids)
    topics = [topic for topic in context.records.topics() if topic.id in wanted]
    drafts: list[FaqEntry] = []
    for done, topic in enumerate(topics, start=1):
        asked = context.records.questions(list(topic.question_ids))
        for questions in await _matters(context, usable_questions(asked, context.min_authors)):
            entry = await _draft(context, topic, questions)
            drafts += [entry] if entry else []
        context.progress("draft", done, len(topics))
    return drafts


async def _matters(context: AnalysisContext, questions: Sequence[Question]) -> list[list[Question]]:
    """Return the questions of a topic by matter, the centre of each first."""
    if not questions:
        return []
    wordings = wordings_of_questions(questions)
    texts = [wording.text for wording in wordings]
    vectors = await embed_cached(context.records, context.embedder(), texts)
    strands = find_strands(questions, wordings, vectors, context.min_authors, context.embedder().languages)
    return [
        [questions[strand.centre], *(questions[at] for at in strand.members if at != strand.centre)]
        for strand in strands
    ]


async def _draft(context: AnalysisContext, topic: Topic, questions: Sequence[Question]) -> FaqEntry | None:
    evidence = await collect(context, questions)
    answer = composing.compose(evidence)
    question, paraphrases = await choose_question(context, questions, set(answer.question_ids))
    if not answer.paragraphs or not question:
        return None
    private = any(one.visibility is Visibility.PRIVATE for one in questions)
    sections = (await find_sections(context, [question], public_only=not private))[0]
    for document, sentence in await best_sentences(context, question, sections, limit=2):
        answer.add_document(document, sentence)
    tool = fitting_tool(context.profile, question, questions)
    if tool.call:
        answer.add_tool(tool.call)
    first = min(questions, key=lambda one: (one.asked_at, one.id))
    return FaqEntry(
        id=entry_id(topic.id, first.id),
        topic_id=topic.id,
        question=question,
        paraphrases=paraphrases,
        answer=answer.markdown(),
        citations=tuple(answer.citations),
        core=tuple(answer.core),
        tool_calls=(tool.call,) if tool.call else (),
        tools=tool.names,
        doc_links=doc_links(sections),
        area=topic.area,
        applies_to=_applies_to(evidence, answer),
        visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
        question_ids=tuple(sorted(one.id for one in questions)),
        contested=answer.contested,
        review_reasons=tuple(answer.reasons),
        created_at=context.now,
        updated_at=context.now,
    )


async def choose_question(
    context: AnalysisContext, questions: Sequence[Question], answered: Collection[str]
) -> tuple[str, tuple[str, ...]]:
    """Return the clearest wording of what the answer answers, and the others, an author after another.

    None is clear enough: the question is empty.

    Central is what is near to the questions whose threads are quoted (`answered`, ids), then to all.
    """
    wordings = wordings_of_questions(questions)
    vectors = await embed_cached(context.records, context.embedder(), [one.text for one in wordings])
    weights = [1.0 if questions[one.owner].id in answered else 0.3 for one in wordings]
    near = vectors @ vectors.T
    central = near @ weights / sum(weights)
    worth = [
        float(central[at]) + 0.4 * one.form + 0.3 * (questions[one.owner].id in answered)
        for at, one in enumerate(wordings)
    ]
    order = sorted(range(len(wordings)), key=lambda at: (-worth[at], wordings[at].text))
    best = next((at for at in order if wordings[at].form >= QUESTION_FORM), None)
    if best is None:
        return "", ()
    seen = {normal_question(wordings[best].text)}
    authors = {questions[wordings[best].owner].author}
    first: list[str] = []
    later: list[str] = []
    for at in order:
        text, author = wordings[at].text, questions[wordings[at].owner].author
        whole = ": " in text and sum(one.owner == wordings[at].owner for one in wordings) > 1
        usable = (
            not whole
            and wordings[at].form > LEAST_FORM
            and near[at, best] >= SAME_ENOUGH
            and 8 <= len(text) <= 160
        )
        if not usable or normal_question(text) in seen:
            continue
        seen.add(normal_question(text))
        (later if author in authors else first).append(text)
        authors.add(author)
    return wordings[best].text, tuple([*first, *later][:MAX_PARAPHRASES])


def _applies_to(evidence: Evidence, answer: composing.Composed) -> AppliesTo:
    """Return the versions and days of the threads that the answer quotes."""
    quoted = set(answer.question_ids)
    since, until = applies_from(
        version for one in evidence.questions if one.id in quoted for version in one.facts.versions
    )
    days = sorted(answer.days)
    return AppliesTo(
        since=since,
        until=until,
        first_date=days[0] if days else None,
        last_date=days[-1] if days else None,
    )
