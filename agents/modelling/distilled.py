"""What a model read in conversations, held against the text: what does not stand there does not count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from threadlore.agents.dialogue.asking import is_fragment, own_title
from threadlore.agents.dialogue.cases import read_facts
from threadlore.agents.modelling.facts import facts_found
from threadlore.agents.modelling.marking import CHANNEL, one_line
from threadlore.agents.modelling.replies import ConversationRead, DistilReply, QuestionRead
from threadlore.agents.modelling.wording import invented, objection, plain_line, share_said
from threadlore.ids import question_id
from threadlore.profile import Profile
from threadlore.types import Conversation, Message, Question, QuestionStatus, Role

LONGEST = 300
"""Characters of a question."""

SHORTEST = 8

_HEAD = re.compile(
    r"\A(?:m\d+ )?[A-Z]{1,2}(?= \d| re m| (?:helper|maintainer|marked))(?: (?:helper|maintainer))?"
    r"(?: \d{4}-\d\d-\d\d)?(?: re m\d+)?(?: marked as solution)?: "
)
"""What the program writes before a message, as `DataBlock.messages` does."""

SAID = 0.3
"""Share of a question's stems that the asker's messages must hold, so that nobody words it for them.

Questions that a reader worded anew about 50 real conversations have 0.38 and more; against the text of other
conversations nine in ten of them have 0.2 or less, and another language has next to none.
"""

MOST_QUESTIONS = 12
"""Questions of one conversation, or of one piece: beyond that the reply has run wild."""

MOST_ANSWERS = 6
"""Messages named as the resolution, at most."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A conversation as a call showed it: its reference, and the message behind each message's reference."""

    ref: str
    conversation: Conversation
    messages: Mapping[str, Message]


@dataclass(slots=True)
class Reading:
    """What stands of a reply about one conversation.

    `problem` says why none of it can be used. `references` and `facts` count what was named and is not
    there.
    """

    questions: list[Question] = field(default_factory=list)
    problem: str = ""
    references: int = 0
    facts: int = 0


def check_reply(reply: DistilReply, shown: Sequence[Shown], profile: Profile) -> dict[str, Reading]:
    """Return what stands of a reply, by the id of the conversation. One that is missing has no reading.

    Conversations that were not shown are passed over; one that is named twice has contradicted itself.
    """
    named: dict[str, list[ConversationRead | None]] = {}
    for one in _by_their_messages(reply.asking, shown):
        named.setdefault(_ref(one.c), []).append(one)
    for ref in reply.none:
        named.setdefault(_ref(ref), []).append(None)
    found: dict[str, Reading] = {}
    for conversation in shown:
        said = named.get(conversation.ref)
        if said is None:
            continue
        key = conversation.conversation.thread.id
        if len(said) > 1:
            found[key] = Reading(problem="named twice")
        else:
            found[key] = check_questions(said[0].q if said[0] else [], conversation, profile)
    return found


def _by_their_messages(
    asking: Sequence[ConversationRead], shown: Sequence[Shown]
) -> Iterator[ConversationRead]:
    """Yield what was read, each question in the conversation that its asking messages stand in.

    References of messages are their own over the whole call: small models name these right, and file
    several conversations under one. What is filed under none that was shown is passed over.
    """
    holders = {ref: one.ref for one in shown for ref in one.messages}
    for one in asking:
        if _ref(one.c) not in holders.values():
            continue
        placed: dict[str, list[QuestionRead]] = {_ref(one.c): []}
        for question in one.q:
            held = {holders.get(_ref(ref), _ref(one.c)) for ref in question.asked}
            placed.setdefault(held.pop() if len(held) == 1 else _ref(one.c), []).append(question)
        if one.q and not placed[_ref(one.c)]:
            del placed[_ref(one.c)]
        for ref, questions in placed.items():
            yield ConversationRead(c=ref, q=questions)


def check_questions(read: Sequence[QuestionRead], shown: Shown, profile: Profile) -> Reading:
    """Return the questions of one conversation; a single one that cannot be used spoils the reading."""
    reading = Reading()
    if len(read) > MOST_QUESTIONS:
        return Reading(problem="too many questions")
    place = {message.id: number for number, message in enumerate(shown.conversation.messages)}
    kept: list[tuple[list[Message], QuestionRead]] = []
    for one in read:
        asked = _messages(one.asked, shown, reading)
        asked = [message for message in asked if message.role is not Role.BOT]
        asked.sort(key=lambda message: place[message.id])
        reading.problem = _problem(one, asked, shown, profile)
        if reading.problem:
            return reading
        kept.append(([message for message in asked if message.author == asked[0].author], one))
    kept.sort(key=lambda pair: place[pair[0][0].id])
    ordinals: dict[str, int] = {}
    for asked, one in kept:
        first = asked[0].id
        ordinals[first] = ordinals.get(first, -1) + 1
        reading.questions.append(_question(one, (asked, ordinals[first]), shown, profile, reading))
    return reading


def merge(readings: Iterable[Reading]) -> Reading:
    """Return the reading of a conversation that was read in pieces.

    Pieces share their lead: the same message asking again is the same question, and what a later piece
    says of it counts.
    """
    whole = Reading()
    by_id: dict[str, Question] = {}
    for one in readings:
        whole.problem = whole.problem or one.problem
        whole.references += one.references
        whole.facts += one.facts
        for question in one.questions:
            known = by_id.get(question.id)
            by_id[question.id] = question if known is None else _joined(known, question)
    whole.questions = list(by_id.values())
    return whole


def _joined(known: Question, later: Question) -> Question:
    """Return one question of two that the same message asks; its words are those of the earlier piece."""
    asking = tuple(dict.fromkeys((*known.message_ids, *later.message_ids)))
    resolution = tuple(dict.fromkeys((*known.resolution, *later.resolution)))[:MOST_ANSWERS]
    answered = [at for at in (known.answered_at, later.answered_at) if at is not None]
    return known.model_copy(
        update={
            "message_ids": asking,
            "resolution": resolution,
            "evidence": tuple(dict.fromkeys((*asking, *resolution))),
            "status": known.status if later.status is QuestionStatus.OPEN else later.status,
            "confirmed": known.confirmed or later.confirmed,
            "answered_at": max(answered, default=None),
        }
    )


def _worded(one: QuestionRead) -> str:
    """Return a question on one line, without the head of the line of data that it was copied with."""
    return _HEAD.sub("", plain_line(one.text))


def _ref(text: str) -> str:
    return text.strip().strip("[]() ").lower()


def _messages(refs: Sequence[str], shown: Shown, reading: Reading) -> list[Message]:
    """Return the messages that exist among references; the others are counted."""
    found = [shown.messages.get(_ref(ref)) for ref in dict.fromkeys(refs)]
    reading.references += found.count(None)
    return [message for message in found if message is not None]


def _problem(one: QuestionRead, asked: Sequence[Message], shown: Shown, profile: Profile) -> str:
    """Return why a question cannot be used; empty where it can."""
    text = _worded(one)
    if not asked:
        return "no asking message"
    if not SHORTEST <= len(text) <= LONGEST:
        return "question of unfit length"
    held = objection(text)
    if held:
        return f"{held} in the question"
    conversation = shown.conversation
    # Of a long name only what is shown: exports name a channel by a title that anybody may write.
    place = f"{one_line(conversation.channel, CHANNEL)}\n{profile.product}"
    own = [message for message in conversation.messages if message.author == asked[0].author]
    if share_said(text, f"{_said(conversation, own)}\n{place}") < SAID:
        return "question is not in the asker's words"
    if invented(text, f"{_said(conversation, conversation.messages)}\n{place}"):
        return "question holds what nobody wrote"
    return ""


def _said(conversation: Conversation, messages: Iterable[Message]) -> str:
    """Return the title and the texts of messages; the title of a fragment belongs to others."""
    title = "" if is_fragment(conversation) else own_title(conversation)
    return "\n".join([title, *(message.text for message in messages)])


def _question(
    one: QuestionRead, worded: tuple[list[Message], int], shown: Shown, profile: Profile, reading: Reading
) -> Question:
    asked, ordinal = worded
    conversation, first = shown.conversation, asked[0]
    keys = [message.id for message in conversation.messages]
    after = set(keys[keys.index(first.id) + 1 :])
    asking = tuple(message.id for message in asked)
    answers = [
        message
        for message in _messages(one.by, shown, reading)
        if message.id in after and message.id not in asking
    ]
    answers = sorted(answers, key=lambda message: (message.created_at, message.id))[:MOST_ANSWERS]
    thanks = [
        message
        for message in _messages(one.ok, shown, reading)
        if message.author == first.author and message.id in after
    ]
    status = QuestionStatus(one.status) if answers else QuestionStatus.OPEN
    own = [message for message in conversation.messages if message.author == first.author]
    said = _said(conversation, asked)
    facts, lost = facts_found(one.facts, _said(conversation, own), read_facts(said, profile), profile)
    reading.facts += lost
    text = _worded(one)
    resolution = tuple(message.id for message in answers)
    return Question(
        id=question_id(conversation.thread.id, first.id, ordinal),
        thread_id=conversation.thread.id,
        text=text[:1].upper() + text[1:],
        author=first.author,
        message_ids=asking,
        resolution=resolution,
        evidence=tuple(dict.fromkeys((*asking, *resolution))),
        status=status,
        confirmed=status is QuestionStatus.SETTLED and _confirmed(answers, thanks, conversation),
        facts=facts,
        language=first.language or _language(one.lang),
        asked_at=first.created_at,
        answered_at=max((message.created_at for message in answers), default=None),
        visibility=conversation.thread.visibility,
    )


def _confirmed(answers: Sequence[Message], thanks: Sequence[Message], conversation: Conversation) -> bool:
    """Return whether the asker or a mark of the source says so: a model's word is not enough."""
    asker_said = any(one.created_at >= answers[0].created_at for one in thanks if one not in answers)
    own = bool(thanks) and any(one in answers for one in thanks)
    marked = any(message.marks.solved for message in answers)
    return asker_said or own or marked or bool(conversation.thread.solved)


def _language(code: str) -> str:
    code = code.strip().lower()[:2]
    return code if re.fullmatch(r"[a-z]{2}", code) else ""
