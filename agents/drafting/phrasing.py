"""The wordings of an entry: the clearest question that its answer answers, and other ways to ask it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.quantities import conflict, quantities_of
from threadlore.agents.drafting.sentences import split_sentences
from threadlore.agents.drafting.standing import stands_alone
from threadlore.agents.drafting.strands import Wording, wordings_of_questions
from threadlore.agents.drafting.wording import clean_question, question_form, script_of
from threadlore.embedding import embed_cached
from threadlore.faq_files import normal_question
from threadlore.types import Question

MAX_PARAPHRASES = 8
QUESTION_FORM = 0.3
"""How well a wording must stand alone to be an entry's question."""

LEAST_FORM = 0.16
"""How well a wording must stand alone to be kept beside the question."""

SAME_ENOUGH = 0.66
"""Cosine to the question from which another wording may stand for it."""


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
    best = next((at for at in order if heads(wordings[at].text, wordings[at].form)), None)
    return ("", None) if best is None else (wordings[best].text, questions[wordings[best].owner])


def heads(text: str, form: float) -> bool:
    """Return whether a wording of this form may be an entry's question."""
    return form >= QUESTION_FORM and stands_alone(text)


async def other_wordings(
    context: AnalysisContext, questions: Sequence[Question], question: str
) -> tuple[str, ...]:
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
        usable = usable and stands_alone(one.text)
        same = script_of(one.text) == script_of(question) and not conflict(own, quantities_of(one.text))
        if usable and same and normal_question(one.text) not in seen:
            seen.add(normal_question(one.text))
            (later if author in authors else first).append(one.text)
            authors.add(author)
    return tuple([*first, *later][:MAX_PARAPHRASES])


def _single(questions: Sequence[Question]) -> list[Wording]:
    """Return the wordings that are one sentence or one title; a composite only where it has no parts.

    Who writes two sentences tells something beside what is asked: of those the sentences that ask are taken.
    """
    wordings = wordings_of_questions(questions)
    parts = Counter(one.owner for one in wordings)
    found = []
    for one in wordings:
        if ": " not in one.text:
            found.append(one)
        elif parts[one.owner] == 1:
            head = clean_question(one.text.partition(": ")[0])
            found.append(Wording(one.owner, head, question_form(head)))
    return [single for one in found for single in _sentences(one)]


def _sentences(wording: Wording) -> list[Wording]:
    """Return a wording of one sentence as it is, and of several those that ask."""
    parts = split_sentences(wording.text)
    if len(parts) <= 1:
        return [wording]
    asking = [clean_question(part) for part in parts if part.endswith(("?", "？"))]
    return [Wording(wording.owner, text, question_form(text)) for text in asking]
