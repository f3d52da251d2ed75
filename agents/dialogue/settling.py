"""What settled a question: the asker's word, an answer that nothing later contradicts, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from threadlore.agents.dialogue.asking import ASKS_AGAIN, Asked, Turn, content_words
from threadlore.agents.dialogue.speech import does
from threadlore.types import QuestionStatus, Role


@dataclass(frozen=True, slots=True)
class Settled:
    """How a question ended.

    `by_asker` means that the asker found it, `confirmed` that the asker or a mark says so, and `partly`
    that doubts remain.
    """

    status: QuestionStatus
    resolution: tuple[str, ...] = ()
    by_asker: bool = False
    partly: bool = False
    confirmed: bool = False


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


def _answers(turn: Turn, *, follows: bool) -> bool:
    """Return whether a turn of another member says something that could answer.

    `follows` means that it comes right after the asker or after an answer by the same member.
    """
    speech = turn.speech
    if speech.system or speech.social or speech.redirect:
        return False
    if speech.question_mark and (speech.back or speech.asks >= 0.8) and speech.words < 25:
        return False
    if speech.back and speech.asks > 0.2 and speech.words < 12:
        return False
    if (speech.me_too and speech.words < 12) or (speech.thanks and speech.words < 8):
        return False
    told = speech.has_link or speech.has_code or speech.short_answer or speech.advice
    return speech.words >= 4 or told or (follows and speech.words >= 2)


def _strong(turn: Turn) -> bool:
    """Return whether an answer stands by itself, without the asker's word."""
    speech = turn.speech
    if speech.hedge or speech.redirect:
        return False
    return (
        speech.words >= 6 or speech.short_answer or speech.advice or (speech.has_link and speech.words >= 3)
    )


MOST_ANSWERS = 5
"""Messages named as the resolution, at most: those that come first, and before the asker's word."""


@dataclass(slots=True)
class _Course:
    """What happened after a question: answers, the asker's word, doubts."""

    answers: list[Turn] = field(default_factory=list)
    confirmed: Turn | None = None
    doubt: Turn | None = None
    found: Turn | None = None
    redirected: bool = False
    late: list[Turn] = field(default_factory=list)
    connected: set[str] = field(default_factory=set)

    def by_asker(self, turn: Turn, *, asks_on: bool) -> None:
        """Take in what the asker says after the question; `asks_on` means that they ask it again."""
        speech = turn.speech
        if speech.self_found and not speech.question_mark and not (speech.negative and speech.problem):
            self.found, self.doubt = turn, None
        elif speech.negative and not speech.thanks and not speech.confirm and (self.answers or self.found):
            self.doubt, self.confirmed = turn, None
        elif (speech.thanks or speech.confirm) and self.answers and not speech.question_mark:
            self.confirmed, self.doubt = turn, None
        elif asks_on and self.answers:
            self.doubt = turn

    def by_other(self, turn: Turn, before: Turn, asked: Asked) -> None:
        """Take in what another member says about it."""
        self.redirected = self.redirected or turn.speech.redirect
        follows = before.message.author in (asked.asker, turn.message.author)
        if not _answers(turn, follows=follows):
            return
        if _connects(turn, before, asked, self.connected):
            self.connected.add(turn.message.id)
        if self.confirmed is None:
            self.answers.append(turn)
            if self.doubt is not None and _strong(turn):
                self.doubt = None
        else:
            self.late.append(turn)


def _connects(turn: Turn, before: Turn, asked: Asked, connected: set[str]) -> bool:
    """Return whether another member's turn is tied to the question: by place, reply, name or words."""
    message = turn.message
    if before.message.author == asked.asker or before.message.id in connected:
        return True
    if message.reply_to in {one.message.id for one in asked.turns}:
        return True
    if asked.asker in message.mentions or asked.asker in message.text:
        return True
    words = content_words(turn.speech.text)
    return len(words & set().union(*(content_words(one.speech.text) for one in asked.turns))) >= 2


def settle(asked: Asked, every: Sequence[Asked], turns: Sequence[Turn], solved: bool | None) -> Settled:
    """Return how the question `asked` ended, given all questions and turns of the conversation."""
    asking = {turn.message.id: one for one in every for turn in one.turns}
    course = _Course()
    before = asked.turns[0]
    for turn in _span(asked, every, turns):
        if turn.message.author == asked.asker:
            again = asking.get(turn.message.id) is asked and turn.speech.asks >= ASKS_AGAIN
            course.by_asker(turn, asks_on=again)
        elif turn.message.id not in asking and _concerns(turn, asked, every, asking):
            course.by_other(turn, before, asked)
        before = turn
    return _verdict(course, asked, solved=bool(solved))


def _verdict(course: _Course, asked: Asked, *, solved: bool) -> Settled:
    answers = course.answers
    weak = course.confirmed is not None and not any(_strong(turn) or turn.speech.has_link for turn in answers)
    if weak and any(_strong(turn) for turn in course.late):
        answers = course.late
    marked = [turn for turn in [*course.answers, *course.late] if turn.message.marks.solved]
    if marked or (solved and answers):
        return Settled(QuestionStatus.SETTLED, _ids(marked or answers), confirmed=True)
    if course.found is not None and course.doubt is None:
        return Settled(QuestionStatus.SETTLED, (course.found.message.id,), by_asker=True, confirmed=True)
    if not answers:
        return Settled(QuestionStatus.OPEN)
    if course.doubt is not None:
        return Settled(QuestionStatus.CONTRADICTED, _ids(answers), partly=True)
    strong = [turn for turn in answers if _strong(turn)]
    helped = any(
        turn.speech.has_link or (turn.speech.words >= 8 and not turn.speech.hedge) for turn in answers
    )
    if course.confirmed is not None and (strong or helped):
        return Settled(QuestionStatus.SETTLED, _ids(answers), confirmed=True)
    strong = [turn for turn in strong if turn.message.id in course.connected and not turn.speech.thanks]
    helpers = [turn for turn in strong if turn.message.role in (Role.HELPER, Role.MAINTAINER)]
    sure = helpers or [turn for turn in strong if not course.redirected and _plainly(turn, asked)]
    if sure:
        return Settled(QuestionStatus.SETTLED, _ids(_first_word(answers, sure[0])))
    return Settled(QuestionStatus.OPEN, _ids(answers), partly=True)


def _plainly(turn: Turn, asked: Asked) -> bool:
    """Return whether a member's answer that nobody backed up answers on the face of it.

    It speaks of the matter and tells what to do, points somewhere or says yes or no; it promises and
    asks nothing itself.
    """
    speech = turn.speech
    if speech.question_mark or speech.back or does("promise", speech.text):
        return False
    known = set().union(*(content_words(one.speech.text) for one in asked.turns))
    common = len(content_words(speech.text) & known)
    return common >= 2 and (speech.advice or speech.has_link or speech.short_answer)


def _first_word(answers: Sequence[Turn], first: Turn) -> list[Turn]:
    """Return the answers of the member who gave `first`, the first strong one.

    Without the asker's word nothing tells whether later turns of others still concern the question.
    """
    return [turn for turn in answers if turn.message.author == first.message.author]


def _ids(answers: Sequence[Turn]) -> tuple[str, ...]:
    return tuple(turn.message.id for turn in answers[:MOST_ANSWERS])
