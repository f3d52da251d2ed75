"""What a chat model is shown to draft an entry from: whole messages that may be trusted, and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.community import Community
from threadlore.agents.drafting.documents import Section, find_sections
from threadlore.agents.drafting.evidence import NEAREST, ROLE_WEIGHT, centre_of
from threadlore.agents.drafting.hosts import own_hosts
from threadlore.agents.drafting.quantities import case_of, conflict, quantities_of
from threadlore.agents.drafting.strands import settled
from threadlore.agents.drafting.wording import is_hostile, overlap, words_of
from threadlore.embedding import embed_cached
from threadlore.types import Message, Question, QuestionStatus, Role, Visibility

if TYPE_CHECKING:
    pass

MAX_MESSAGES = 8
PER_QUESTION = 3
MAX_DOCUMENTS = 2
READ = 600
"""Characters of a message by which its nearness is judged."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message that may answer, with the question that it settled; `score` orders them."""

    question: Question
    message: Message
    score: float


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that one entry may be written from. `hosts` are those that its links may go to."""

    questions: tuple[Question, ...]
    told: tuple[Told, ...]
    sections: tuple[Section, ...]
    hosts: frozenset[str]
    private: bool


async def gather(
    context: AnalysisContext, question: str, questions: Sequence[Question], community: Community
) -> Material:
    """Return the messages that settled `questions`, best first by meaning, words and who said it, and pages.

    What nobody stands for is left out here already, so that no model can be talked into it: the answers of
    bots and of strangers, texts that speak to a model, and sums for another case than the question's.
    """
    private = any(one.visibility is Visibility.PRIVATE for one in questions)
    own = quantities_of(question)
    answered = [one for one in questions if settled(one) and not conflict(own, case_of(one))]
    keys = list(dict.fromkeys(key for one in answered for key in one.resolution))
    messages = {message.id: message for message in context.records.messages(keys)}
    pairs: dict[str, tuple[Question, Message]] = {}
    for one in answered:
        for key in one.resolution:
            message = messages.get(key)
            if message and key not in pairs and _usable(one, message, community):
                pairs[key] = (one, message)
    told = await _ranked(context, question, questions, list(pairs.values()))
    sections = (await find_sections(context, [question], public_only=not private))[0]
    pages = tuple(one for one in sections if not is_hostile(one.document.text))[:MAX_DOCUMENTS]
    urls = [*(one.message.url for one in told), *(page.document.url for page in pages)]
    hosts = frozenset(own_hosts(context.profile, urls))
    return Material(tuple(questions), tuple(told), pages, hosts, private)


def _usable(question: Question, message: Message, community: Community) -> bool:
    if message.role is Role.BOT or is_hostile(message.text) or not message.text.strip():
        return False
    return community.trusts(question, message)


async def _ranked(
    context: AnalysisContext,
    question: str,
    questions: Sequence[Question],
    pairs: Sequence[tuple[Question, Message]],
) -> list[Told]:
    if not pairs:
        return []
    vectors = await embed_cached(
        context.records, context.embedder(), [message.text[:READ] for _, message in pairs]
    )
    asked = await embed_cached(
        context.records, context.embedder(), [question, *(one.text for one in questions)]
    )
    near = vectors @ centre_of(asked)
    words = words_of(" ".join([question, *(one.text for one in questions)]))
    newest = max(message.created_at for _, message in pairs)
    oldest = min(message.created_at for _, message in pairs)
    span = max((newest - oldest).total_seconds(), 1.0)
    told = [
        Told(
            one,
            message,
            float(near[at])
            + _worth(one, message, words, (message.created_at - oldest).total_seconds() / span),
        )
        for at, (one, message) in enumerate(pairs)
        if near[at] >= NEAREST or one.confirmed
    ]
    told.sort(key=lambda one: (-one.score, one.message.id))
    return _spread(told)


def _worth(question: Question, message: Message, words: set[str], recent: float) -> float:
    """Return what speaks for a message besides its nearness; a maintainer's word outranks a late one."""
    worth = ROLE_WEIGHT[message.role] + 0.2 * bool(message.marks.solved) + 0.08 * bool(message.marks.thanks)
    worth += 0.15 * question.confirmed + 0.1 * recent + 0.3 * overlap(words, message.text)
    return worth - 0.3 * (question.status is QuestionStatus.CONTRADICTED)


def _spread(told: Sequence[Told]) -> list[Told]:
    """Return the best messages, few of each question, so that one long thread is not all that is seen."""
    counts: dict[str, int] = {}
    chosen: list[Told] = []
    for one in told:
        seen = counts.get(one.question.id, 0)
        if seen < PER_QUESTION and len(chosen) < MAX_MESSAGES:
            counts[one.question.id] = seen + 1
            chosen.append(one)
    return chosen
