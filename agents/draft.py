"""Drafts entries by extraction: a clean question, and an answer of cited sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting import composing
from threadlore.agents.drafting.community import Community, learn
from threadlore.agents.drafting.documents import best_sentences, doc_links, find_sections
from threadlore.agents.drafting.evidence import Evidence, collect, usable_questions
from threadlore.agents.drafting.quantities import case_of, conflict, fits, quantities_of
from threadlore.agents.drafting.spelling import respelt, spellings
from threadlore.agents.drafting.strands import Wording, find_strands, settled, wordings_of_questions
from threadlore.agents.drafting.tool_use import fitting_tool
from threadlore.agents.drafting.wording import clean_question, question_form, script_of
from threadlore.agents.grounding.facts import applies_from
from threadlore.embedding import embed_cached
from threadlore.faq_files import normal_question
from threadlore.ids import entry_id
from threadlore.types import AppliesTo, EntryOrigin, FaqEntry, Question, Topic, Visibility

MAX_PARAPHRASES = 8
QUESTION_FORM = 0.3
"""How well a wording must stand alone to be an entry's question."""

LEAST_FORM = 0.16
"""How well a wording must stand alone to be kept beside the question."""

SAME_ENOUGH = 0.66
"""Cosine to the question from which another wording may stand for it."""


async def draft_entries(context: AnalysisContext, topic_ids: Sequence[str]) -> list[FaqEntry]:
    """Return drafts for the topics: one for each thing that enough authors asked and that was settled.

    A topic can hold several matters, and an entry answers one. Where nothing was settled, or the threads
    hold no sentence that may be quoted, there is no draft: it stays an open question of the report.
    """
    wanted = set(topic_ids)
    topics = [topic for topic in context.records.topics() if topic.id in wanted]
    drafts: list[FaqEntry] = []
    if not topics:
        return []
    table, community = _spellings(context), learn(context.records)
    for done, topic in enumerate(topics, start=1):
        asked = context.records.questions(list(topic.question_ids))
        for questions in await _matters(context, usable_questions(asked, context.min_authors), community):
            entry = await _draft(context, topic, questions, table, community)
            drafts += [entry] if entry else []
        context.progress("draft", done, len(topics))
    return drafts


async def _matters(
    context: AnalysisContext, questions: Sequence[Question], community: Community
) -> list[list[Question]]:
    """Return the questions of a topic by matter, the centre of each first."""
    if not questions:
        return []
    wordings = wordings_of_questions(questions)
    texts = [wording.text for wording in wordings]
    vectors = await embed_cached(context.records, context.embedder(), texts)
    strands = find_strands(
        questions, wordings, vectors, context.min_authors, context.embedder().languages, community.rarity
    )
    return [
        [questions[strand.centre], *(questions[at] for at in strand.members if at != strand.centre)]
        for strand in strands
    ]


def _spellings(context: AnalysisContext) -> dict[str, str]:
    """Return how names are written in what a person wrote: entries and the profile's facts."""
    texts = [fact.replacement for fact in context.profile.facts]
    for entry in context.records.entries():
        if entry.origin is not EntryOrigin.MINED:
            texts += [entry.question, entry.answer]
    return spellings(texts, context.profile.product)


async def _draft(
    context: AnalysisContext,
    topic: Topic,
    questions: Sequence[Question],
    table: Mapping[str, str],
    community: Community,
) -> FaqEntry | None:
    question, _ = await choose_question(context, questions, {one.id for one in questions if settled(one)})
    own = quantities_of(question)
    tool = fitting_tool(context.profile, question, questions)
    answer = composing.Composed()
    if tool.call:
        answer.add_tool(tool.call)
    evidence = await collect(context, questions, community)
    kept = [one for one in evidence.passages if fits(one.text, case_of(one.question), own)]
    evidence = replace(evidence, passages=tuple(kept))
    composing.compose(evidence, answer)
    if not answer.paragraphs or not question:
        return None
    if answer.question_ids:
        better, _ = await choose_question(context, questions, set(answer.question_ids))
        question = better if quantities_of(better) == own else question
    paraphrases = await _others(context, questions, question)
    private = any(one.visibility is Visibility.PRIVATE for one in questions)
    sections = (await find_sections(context, [question], public_only=not private))[0]
    for document, sentence in await best_sentences(context, question, sections, limit=2):
        answer.add_document(document, sentence)
    first = min(questions, key=lambda one: (one.asked_at, one.id))
    return FaqEntry(
        id=entry_id(topic.id, first.id),
        topic_id=topic.id,
        question=respelt(question, table),
        paraphrases=tuple(dict.fromkeys(respelt(text, table) for text in paraphrases)),
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
) -> tuple[str, Question | None]:
    """Return the clearest wording of what the answer answers, and whose it is; empty when none is clear.

    One wording, never a title and a sentence in one. Central is what is near to the questions whose
    threads are quoted (`answered`, ids), then to all.
    """
    wordings = _single(questions)
    if not wordings:
        return "", None
    vectors = await embed_cached(context.records, context.embedder(), [one.text for one in wordings])
    weights = [1.0 if questions[one.owner].id in answered else 0.3 for one in wordings]
    central = vectors @ vectors.T @ weights / sum(weights)
    worth = [
        float(central[at]) + 0.4 * one.form + 0.3 * (questions[one.owner].id in answered)
        for at, one in enumerate(wordings)
    ]
    order = sorted(range(len(wordings)), key=lambda at: (-worth[at], wordings[at].text))
    best = next((at for at in order if wordings[at].form >= QUESTION_FORM), None)
    return ("", None) if best is None else (wordings[best].text, questions[wordings[best].owner])


async def _others(context: AnalysisContext, questions: Sequence[Question], question: str) -> tuple[str, ...]:
    """Return the other wordings of `question` in its language, one author after another."""
    wordings = _single(questions)
    texts = [question, *(one.text for one in wordings)]
    vectors = await embed_cached(context.records, context.embedder(), texts)
    near = vectors[1:] @ vectors[0]
    seen = {normal_question(question)}
    authors = {questions[one.owner].author for one in wordings if one.text == question}
    own = quantities_of(question)
    first: list[str] = []
    later: list[str] = []
    for at in sorted(range(len(wordings)), key=lambda at: (-float(near[at]), wordings[at].text)):
        one, author = wordings[at], questions[wordings[at].owner].author
        usable = one.form > LEAST_FORM and near[at] >= SAME_ENOUGH and 8 <= len(one.text) <= 160
        same = script_of(one.text) == script_of(question) and not conflict(own, quantities_of(one.text))
        if usable and same and normal_question(one.text) not in seen:
            seen.add(normal_question(one.text))
            (later if author in authors else first).append(one.text)
            authors.add(author)
    return tuple([*first, *later][:MAX_PARAPHRASES])


def _single(questions: Sequence[Question]) -> list[Wording]:
    """Return the wordings that are one sentence or one title; a composite only where it has no parts."""
    wordings = wordings_of_questions(questions)
    parts = Counter(one.owner for one in wordings)
    found = []
    for one in wordings:
        if ": " not in one.text:
            found.append(one)
        elif parts[one.owner] == 1:
            head = clean_question(one.text.partition(": ")[0])
            found.append(Wording(one.owner, head, question_form(head)))
    return found


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
