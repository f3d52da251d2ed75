"""Answers of different people that say different things: both are shown, whatever a model made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.composing import SAME_MATTER, Composed, differ
from threadlore.agents.drafting.evidence import Passage
from threadlore.agents.drafting.material import Material, Told
from threadlore.agents.drafting.sentences import pieces
from threadlore.agents.drafting.wording import answers_something, core_of
from threadlore.embedding import embed_cached

MAX_PAIRS = 40


async def opposed(context: AnalysisContext, answer: Composed, material: Material) -> list[Passage]:
    """Return a sentence that the answer cites and one of somebody else that differs; none where all agree."""
    by_id = {one.message.id: one for one in material.told}
    cited = [
        (by_id[one.source_id], one.quote)
        for one in answer.citations
        if one.kind == "message" and one.source_id in by_id and _usable(one.quote, material)
    ]
    pairs = [
        (told, quote, other, sentence)
        for told, quote in cited
        for other in material.told
        if other.message.author != told.message.author
        for sentence in _sentences(other, material)
        if differ(quote, sentence)
    ][:MAX_PAIRS]
    if not pairs:
        return []
    texts = list(dict.fromkeys(text for _, quote, _, sentence in pairs for text in (quote, sentence)))
    vectors = await embed_cached(context.records, context.embedder(), texts)
    row = {text: at for at, text in enumerate(texts)}
    near = [float(vectors[row[quote]] @ vectors[row[sentence]]) for _, quote, _, sentence in pairs]
    best = max(range(len(pairs)), key=lambda at: (near[at], -at))
    if near[best] < SAME_MATTER:
        return []
    told, quote, other, sentence = pairs[best]
    return [_passage(told, quote), _passage(other, sentence)]


def both_sides(sides: Sequence[Passage]) -> Composed:
    """Return an answer that shows the sides, each with its date and versions."""
    answer = Composed()
    answer.add_sides(sides)
    return answer


def shown(answer: Composed, sides: Sequence[Passage]) -> bool:
    """Return whether an answer cites every side already."""
    cited: Mapping[str, str] = {one.quote: one.source_id for one in answer.citations}
    return all(cited.get(side.text) == side.message.id for side in sides)


def _sentences(told: Told, material: Material) -> list[str]:
    texts = [core_of(piece.text) for piece in pieces(told.message.text) if not piece.code]
    return [text for text in texts if _usable(text, material)]


def _usable(text: str, material: Material) -> bool:
    return answers_something(text, material.hosts)


def _passage(told: Told, text: str) -> Passage:
    return Passage(told.question, told.message, text, 0)
