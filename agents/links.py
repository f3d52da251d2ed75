"""Links questions to the approved entries that answer them: demand that is met counts as met."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.tool_use import call_with_numbers
from threadlore.agents.drafting.wording import words_of
from threadlore.agents.matching.faq import (
    EXACT_PHRASINGS,
    MatchingFaq,
    answerable,
    load_faq,
    match,
)
from threadlore.agents.matching.features import Questions
from threadlore.agents.matching.model import Ranking, rank
from threadlore.agents.matching.text import head
from threadlore.agents.unread import unread_language
from threadlore.embedding import embed_cached
from threadlore.ids import digest
from threadlore.types import EntryState, FaqEntry, Question, ToolCall, Topic, TopicState, Visibility

STAGE = "link"
METHOD = "link-2"
"""Changes whenever the same questions would be linked otherwise."""

SURE = 0.7
"""Confidence of the matching from which a question counts as answered by an entry."""

BESIDE = 0.5
"""Confidence that suffices beside a topic most of whose questions the same entry answers surely."""

LEAST_COSINE = 0.4
"""Nearest phrasing below which confidence alone links nothing."""

SHARED_WORDS = 0.4
"""Words in common that a question needs which the embedder cannot read."""

SEVERAL = 3
"""Questions from which a topic's own words are told from chance."""

NAMED = 0.6
"""Share of a topic's questions in which a word is one of its matter."""


async def link_questions(context: AnalysisContext) -> dict[str, int]:
    """Store with each approved entry the questions that it answers; its text stays as it is.

    Counts: linked (questions added), entries (that got some), unchanged.
    """
    records = context.records
    entries = answerable(await asyncio.to_thread(records.entries))
    questions = await asyncio.to_thread(records.questions)
    if not entries or not questions:
        return {}
    topics = [one for one in await asyncio.to_thread(records.topics) if one.state is not TopicState.MERGED]
    fresh = _input(entries, questions, topics)
    if await asyncio.to_thread(records.stage_input, STAGE) == fresh:
        return {"unchanged": 1}
    languages = context.embedder().languages
    readable = [not unread_language(one.text, one.language, languages) for one in questions]
    ranked = await rank_texts(context, entries, [one.text for one in questions])
    found = {
        one.id: _answer(ranking, readable=can)
        for one, ranking, can in zip(questions, ranked, readable, strict=True)
    }
    links = _links(found, topics)
    texts = {one.id: one.text for one in questions}
    _take_back(links, {one.id: one for one in entries}, topics, texts)
    counts = await asyncio.to_thread(_store, context, links)
    await asyncio.to_thread(records.save_stage_input, STAGE, fresh)
    return counts


async def rank_texts(
    context: AnalysisContext, entries: Sequence[FaqEntry], texts: Sequence[str]
) -> list[Ranking]:
    """Return for each text how the approved `entries` rank as its answer."""
    embedder = context.embedder()
    faq = await load_faq(entries, context.records, embedder)
    if faq is None or not texts:
        return []
    heads = [head(text) for text in texts]
    vectors = await embed_cached(context.records, embedder, [*texts, *heads])
    asked = Questions(texts, vectors[: len(texts)], vectors[len(texts) :])
    return await _ranked(context, faq, asked)


async def _ranked(context: AnalysisContext, faq: MatchingFaq, asked: Questions) -> list[Ranking]:
    if len(faq.index.texts) > EXACT_PHRASINGS:
        return await match(faq, asked, context.vectors())
    return await asyncio.to_thread(rank, faq.index, asked, calibration=faq.calibration)


def surely(ranking: Ranking) -> str:
    """Return the id of the entry that a ranking surely names, else nothing."""
    found, confidence = _answer(ranking, readable=True)
    return found if confidence >= SURE else ""


def _answer(ranking: Ranking, *, readable: bool) -> tuple[str, float]:
    """Return the first entry of a ranking with the confidence that it answers; 0 where it says little."""
    if not ranking.entries:
        return "", 0.0
    if not readable:
        # Vectors say nothing here: only many common words (or a phrasing in that language) count.
        known = ranking.words >= SHARED_WORDS and ranking.confidence >= BESIDE
        return ranking.entries[0][0], SURE if known else 0.0
    if ranking.cosine < LEAST_COSINE:
        return "", 0.0
    return ranking.entries[0][0], ranking.confidence


def _links(found: Mapping[str, tuple[str, float]], topics: Iterable[Topic]) -> dict[str, set[str]]:
    """Return the questions of each entry: the sure ones, and those beside them in a topic."""
    links: dict[str, set[str]] = defaultdict(set)
    for question, (entry, confidence) in found.items():
        if entry and confidence >= SURE:
            links[entry].add(question)
    for topic in topics:
        sure = Counter(found[key][0] for key in topic.question_ids if found.get(key, ("", 0.0))[1] >= SURE)
        if not sure:
            continue
        entry, count = min(sure.items(), key=lambda one: (-one[1], one[0]))
        if 2 * count < len(topic.question_ids):
            continue
        for key in topic.question_ids:
            first, confidence = found.get(key, ("", 0.0))
            if first == entry and confidence >= BESIDE:
                links[entry].add(key)
    return links


def _take_back(
    links: dict[str, set[str]],
    entries: Mapping[str, FaqEntry],
    topics: Iterable[Topic],
    texts: Mapping[str, str],
) -> None:
    """Drop links of a topic to an entry that says nothing of what nearly all its questions name.

    Thirteen who ask for AMD cards are not answered by an entry on cards that never says AMD.
    """
    for topic in topics:
        asked = [words_of(texts[key]) for key in topic.question_ids if key in texts]
        if len(asked) < SEVERAL:
            continue
        often = Counter(word for words in asked for word in words)
        named = {word for word, count in often.items() if count >= NAMED * len(asked)}
        for key, linked in links.items():
            entry = entries[key]
            if linked & set(topic.question_ids) and not named <= words_of(
                " ".join((entry.question, *entry.paraphrases, entry.answer))
            ):
                linked.difference_update(topic.question_ids)


def _store(context: AnalysisContext, links: Mapping[str, set[str]]) -> dict[str, int]:
    """Add the links to the entries as they are now: a person may have changed one meanwhile."""
    known = {question.id: question for question in context.records.questions()}
    changed = []
    added = 0
    with context.records.transaction():
        for entry in context.records.entries():
            fresh = links.get(entry.id, set()) & known.keys() - set(entry.question_ids)
            if fresh and entry.state is EntryState.APPROVED:
                added += len(fresh)
                linked = (*entry.question_ids, *sorted(fresh))
                calls = _calls(entry, [known[key] for key in linked if key in known])
                changed.append(entry.model_copy(update={"question_ids": linked, "tool_calls": calls}))
        context.records.save_entries(changed)
    return {"linked": added, "entries": len(changed)}


def _calls(entry: FaqEntry, questions: Sequence[Question]) -> tuple[ToolCall, ...]:
    """Return the calls of an entry, with its tool called for an asker who named every number.

    Only what was asked in public is used.
    """
    public = [one for one in questions if one.visibility is Visibility.PUBLIC]
    called = {call.tool for call in entry.tool_calls}
    made = [call_with_numbers(name, public) for name in entry.tools if name not in called]
    return (*entry.tool_calls, *(call for call in made if call))


def _input(entries: Sequence[FaqEntry], questions: Sequence[Question], topics: Sequence[Topic]) -> str:
    parts = [METHOD]
    parts += ["|".join((one.id, one.question, *one.paraphrases, one.answer)) for one in entries]
    parts += [f"{one.id}:{one.text}" for one in questions]
    parts += [f"{one.id}:{','.join(one.question_ids)}" for one in topics]
    return digest(*parts)
