"""Matching a question with the FAQ: what `ask`, the bot and `bench match` call."""

from threadlore.agents.matching.faq import (
    MatchingFaq,
    answerable,
    embed_questions,
    fill_vectors,
    find_candidates,
    load_faq,
    match,
)
from threadlore.agents.matching.model import Ranking, fitted_weights

__all__ = [
    "MatchingFaq",
    "Ranking",
    "answerable",
    "embed_questions",
    "fill_vectors",
    "find_candidates",
    "fitted_weights",
    "load_faq",
    "match",
]
