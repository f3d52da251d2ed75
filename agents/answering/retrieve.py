"""Retrieve: the numbers and names of a question, and the entries that are near to it."""

from __future__ import annotations

from threadlore.agents.answering.language import guess_language
from threadlore.agents.answering.state import AnswerContext, AnswerState
from threadlore.agents.matching import Ranking, embed_questions, match
from threadlore.tools.reading import read_arguments


async def retrieve(state: AnswerState, context: AnswerContext) -> dict[str, object]:
    """Return the updates `language`, `arguments`, `vector` and `ranking`."""
    ranking = Ranking((), 0.0)
    vector: tuple[float, ...] = ()
    if context.faq.matching is not None and state.question.strip():
        questions = await embed_questions([state.question], context.embedder)
        vector = tuple(questions.vectors[0].tolist())
        ranking = (await match(context.faq.matching, questions, context.vectors))[0]
    return {
        "language": guess_language(state.question),
        "arguments": read_arguments(state.question),
        "vector": vector,
        "ranking": ranking,
    }
