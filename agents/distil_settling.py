"""What settled a question: the asker's word, an answer that nothing later contradicts, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from threadlore.agents.distil_asking import Asked, Turn
from threadlore.types import QuestionStatus, Role


@dataclass(frozen=True, slots=True)
class Settled:
    """How a question ended. `by_asker` means that the asker found it; `partly` that doubts remain."""

    status: QuestionStatus
    resolution: tuple[str, ...] = ()
    by_asker: bool = False
    partly: bool = False


def _span(asked: Asked, every: Sequence[Asked], turns: Sequence[Turn]) -> list[Turn]:
    """Return the turns after the question that may concern it."""
    first = asked.turns[0].message.id
    start = next(number for number, turn in enumerate(turns) if turn.message.id == first)
    later = [one for one in every if one.asker == asked.asker and one is not asked]
    ends = [
        number
        for number, turn in enumerate(turns)
        if number > start and any(one.turns[0].message.id == turn.message.id for one in later)
    ]
    return list(turns[start + 1 : min(ends, default=len(turns))])


def _concerns(turn: Turn, asked: Asked, every: Sequence[Asked], asking: dict[str, Asked]) -> bool:
    """Return whether another member's turn is about this question rather than another one."""
    if len(every) == 1:
        return True
    if turn.message.reply_to in asking:
        return asking[turn.message.reply_to] is asked
    others = {one.asker for one in every} - {asked.asker}
    named = set(turn.message.mentions) | {
        name for name in others | {asked.asker} if name in turn.message.text
    }
    if asked.asker in named:
        return True
    if named & others:
        return False
    before = [
        one
        for one in every
        for part in one.turns
        if part.message.created_at <= turn.message.created_at and part.message.id != turn.message.id
    ]
    return not before or before[-1] is asked


def _answers(turn: Turn) -> bool:
    """Return whether a turn of another member says something that could answer."""
    speech = turn.speech
    if speech.system or speech.social or speech.redirect:
        return False
    if speech.question_mark and (speech.back or speech.asks >= 0.8) and speech.words < 25:
        return False
    if speech.me_too and speech.words < 12:
        return False
    if speech.thanks and speech.words < 8:
        return False
    return speech.words >= 4 or speech.has_link or speech.has_code or speech.short_answer


def _strong(turn: Turn) -> bool:
    """Return whether an answer stands by itself, without the asker's word."""
    speech = turn.speech
    if speech.hedge or speech.redirect:
        return False
    return speech.words >= 6 or speech.short_answer or (speech.has_link and speech.words >= 3)


def settle(asked: Asked, every: Sequence[Asked], turns: Sequence[Turn], solved: bool | None) -> Settled:
    """Return how the question `asked` ended, given all questions and turns of the conversation."""
    asking = {turn.message.id: one for one in every for turn in one.turns}
    answers: list[Turn] = []
    confirmed: list[Turn] = []
    doubt: Turn | None = None
    found: Turn | None = None
    redirected = False
    for turn in _span(asked, every, turns):
        speech = turn.speech
        if turn.message.author == asked.asker:
            if speech.self_found and not speech.question_mark and not (speech.negative and speech.problem):
                found, doubt = turn, None
            elif speech.negative and not speech.thanks and not speech.confirm and (answers or found):
                doubt, confirmed = turn, []
            elif (speech.thanks or speech.confirm) and answers and not speech.question_mark:
                confirmed.append(turn)
                doubt = turn if speech.negative and not speech.thanks else None
        elif _concerns(turn, asked, every, asking):
            if turn.message.id in asking:
                continue
            redirected = redirected or speech.redirect
            if _answers(turn) and not (
                confirmed and turn.message.created_at > confirmed[-1].message.created_at
            ):
                answers.append(turn)
    return _verdict(answers, confirmed, doubt, found, redirected=redirected, solved=bool(solved))


def _verdict(
    answers: Sequence[Turn],
    confirmed: Sequence[Turn],
    doubt: Turn | None,
    found: Turn | None,
    *,
    redirected: bool,
    solved: bool,
) -> Settled:
    marked = [turn for turn in answers if turn.message.marks.solved]
    ids = tuple(turn.message.id for turn in marked or answers)
    if marked or (solved and answers):
        return Settled(QuestionStatus.SETTLED, ids)
    if found is not None and not doubt:
        own = (found.message.id,)
        return Settled(QuestionStatus.SETTLED, ids if confirmed and answers else own, by_asker=True)
    if not answers:
        return Settled(QuestionStatus.OPEN)
    if doubt is not None:
        return Settled(QuestionStatus.CONTRADICTED, ids, partly=True)
    strong = [turn for turn in answers if _strong(turn)]
    if confirmed and (strong or any(turn.speech.has_link or turn.speech.words >= 8 for turn in answers)):
        return Settled(QuestionStatus.SETTLED, ids)
    helper = any(turn.message.role in (Role.HELPER, Role.MAINTAINER) for turn in strong)
    if strong and not redirected and (helper or not all(turn.speech.hedge for turn in answers)):
        return Settled(QuestionStatus.SETTLED, ids)
    return Settled(QuestionStatus.OPEN, ids, partly=True)
