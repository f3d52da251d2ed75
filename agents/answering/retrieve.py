"""Retrieve: the numbers and names of a question, and the entries that are near to it."""

from __future__ import annotations

from threadlore.agents.answering.language import guess_language
from threadlore.agents.answering.state import AnswerContext, AnswerState
from threadlore.agents.matching import Ranking, embed_questions, match
from threadlore.agents.matching.foreign import ForeignMatch
from threadlore.tools.calling import read_case


async def retrieve(state: AnswerState, context: AnswerContext) -> dict[str, object]:
    """Return the updates `language`, `arguments`, `vector`, `ranking` and `foreign`."""
    ranking = Ranking((), 0.0)
    language = guess_language(state.question)
    foreign: tuple[ForeignMatch, ...] = ()
    vector: tuple[float, ...] = ()
    if context.faq.matching is not None and state.question.strip():
        questions = await embed_questions([state.question], context.embedder, context.profile.product)
        vector = tuple(questions.vectors[0].tolist())
        ranking = (await match(context.faq.matching, questions, context.vectors))[0]
        foreign = context.faq.matching.foreign.match(state.question, language)
    return {
        "language": language,
        "arguments": read_case(state.question),
        "vector": vector,
        "ranking": ranking,
        "foreign": foreign,
    }
