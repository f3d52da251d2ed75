"""Collects what the settled threads of a topic say: sentences and code blocks that may stand in an answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.asides import is_aside, jokes
from threadlore.agents.drafting.community import Community
from threadlore.agents.drafting.hosts import links_allowed, own_hosts
from threadlore.agents.drafting.sentences import pieces
from threadlore.agents.drafting.strands import settled
from threadlore.agents.drafting.wording import (
    answers_something,
    core_of,
    is_hostile,
    is_log,
    script_of,
    solving_form,
    words_of,
)
from threadlore.embedding import embed_cached
from threadlore.types import Message, Question, QuestionStatus, Role, Visibility

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CODE_LINES = 25
ROLE_WEIGHT = {Role.MAINTAINER: 0.25, Role.HELPER: 0.15, Role.MEMBER: 0.0, Role.BOT: -1.0}
KNOWN = 0.1
"""What a member who has helped many counts more: less than one whom the community made a helper."""
NEAREST = 0.12
"""A text below this cosine to what is asked is about something else."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or a code block, of a message that settled a question."""

    question: Question
    message: Message
    text: str
    order: int
    code: bool = False
    info: str = ""
    score: float = 0.0
    near: float = 0.0
    """Cosine to what is asked."""
    row: int = -1
    """Row in the matrix of the passages' vectors; -1 for code."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a topic's settled threads say, best first by question; `vectors` has a row a sentence."""

    questions: tuple[Question, ...]
    passages: tuple[Passage, ...]
    vectors: NDArray[np.float32]


def usable_questions(questions: Sequence[Question], min_authors: int) -> list[Question]:
    """Return the questions an entry may be made from, none when too few asked or none was settled.

    Public ones alone where they suffice, so that a private thread does not hide a public answer.
    """
    for chosen in ([q for q in questions if q.visibility is Visibility.PUBLIC], list(questions)):
        if len({q.author for q in chosen}) >= min_authors and any(settled(q) for q in chosen):
            return chosen
    return []


def centre_of(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the direction of the mean of `vectors` (at least one row), of length one."""
    import numpy as np

    centre: NDArray[np.float32] = vectors.mean(axis=0)
    return centre / np.float32(max(float(np.linalg.norm(centre)), 1e-9))


async def collect(context: AnalysisContext, questions: Sequence[Question], community: Community) -> Evidence:
    """Return the passages of the settled questions that may be trusted, scored, in their messages' order."""
    answered = [question for question in questions if settled(question)]
    wanted = [key for question in answered for key in question.resolution]
    messages = {message.id: message for message in context.records.messages(wanted)}
    hosts = own_hosts(context.profile, [message.url for message in messages.values()])
    found = [
        one for one in _passages(answered, messages, hosts) if community.trusts(one.question, one.message)
    ]
    sentences = [passage for passage in found if not passage.code]
    asked = await embed_cached(context.records, context.embedder(), [question.text for question in questions])
    vectors = await embed_cached(context.records, context.embedder(), [one.text for one in sentences])
    near = vectors @ centre_of(asked)
    ranks = {question.id: rank for rank, question in enumerate(sorted(answered, key=_answered))}
    words = words_of(" ".join(question.text for question in questions))
    words = words_of(" ".join(words))
    scored: list[Passage] = []
    row = 0
    for passage in found:
        if passage.code:
            scored.append(passage)
            continue
        recent = (ranks[passage.question.id] + 1) / len(answered)
        score = _score(passage, float(near[row]), words, recent)
        score += KNOWN * (passage.message.role is Role.MEMBER and passage.message.author in community.helpers)
        if near[row] >= NEAREST:
            scored.append(replace(passage, score=score, near=float(near[row]), row=row))
        row += 1
    return Evidence(tuple(answered), tuple(scored), vectors)


def _answered(question: Question) -> tuple[object, str]:
    return (question.answered_at or question.asked_at, question.id)


def _score(passage: Passage, near: float, words: set[str], recent: float) -> float:
    marks = passage.message.marks
    said = words_of(passage.text)
    common = len(said & words) / len(said) if said else 0.0
    score = near + 0.3 * common + solving_form(passage.text)
    score += ROLE_WEIGHT[passage.message.role] + 0.2 * bool(marks.solved) + 0.08 * bool(marks.thanks)
    score += 0.15 * recent
    if passage.message.author == passage.question.author:
        # The asker's own "I fixed it by" is good evidence, but a helper's advice reads better.
        score -= 0.08
    if passage.question.status is QuestionStatus.CONTRADICTED:
        score -= 0.3
    return score


def _passages(
    settled: Sequence[Question], messages: Mapping[str, Message], hosts: Collection[str]
) -> list[Passage]:
    found: list[Passage] = []
    seen: set[tuple[str, str]] = set()
    for question in settled:
        order = 0
        script = script_of(question.text)
        for key in question.resolution:
            message = messages.get(key)
            if message is None or message.role is Role.BOT or is_hostile(message.text):
                continue
            cut = pieces(message.text)
            for piece, after in zip_longest(cut, cut[1:]):
                order += 1
                text = piece.text if piece.code else core_of(piece.text)
                if piece.code:
                    kept = _code_stands(text, hosts)
                else:
                    introduces = after is not None and after.code and _code_stands(after.text, hosts)
                    kept = script_of(text) == script and not (is_aside(text) or jokes(piece.text))
                    kept = kept and answers_something(text, hosts, introduces=introduces)
                same = (message.author, " ".join(text.lower().split()))
                if kept and same not in seen:
                    seen.add(same)
                    found.append(Passage(question, message, text, order, piece.code, piece.info))
    return found


def _code_stands(code: str, hosts: Collection[str]) -> bool:
    """Return whether a code block is short code, not a log, and calls no foreign host."""
    lines = code.count("\n") + 1
    if lines > MAX_CODE_LINES or len(code) > 1500 or len(code.strip()) < 4:
        return False
    return not is_log_block(code) and not is_hostile(code) and links_allowed(code, hosts)


def is_log_block(code: str) -> bool:
    """Return whether a code block is the output of a program rather than something to type."""
    lines = [line for line in code.split("\n") if line.strip()]
    return sum(is_log(line) and not _looks_typed(line) for line in lines) >= max(1, len(lines) // 4)


def _looks_typed(line: str) -> bool:
    return line.lstrip().startswith(("$", "#", "-", "{", "}", "[", "(", ")")) or "=" in line or "(" in line
