"""Who asks what in a conversation: the asking messages of each question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from threadlore.agents.dialogue.speech import (
    Sentence,
    Speech,
    asking_strength,
    does,
    read_speech,
    strip_opening,
)
from threadlore.types import Conversation, Message, Role, ThreadKind

ASKS = 1.5
"""Strength from which a member's sentence is a question of its own."""
FEW_WORDS = 2
"""Words of a message up to which it may be next to nothing."""
OUTRIGHT = 2.2
"""Strength from which even a showcase asks."""
ASKS_AGAIN = 0.9
"""Strength from which an asker's later message belongs to the question."""
NEXT_QUESTION = timedelta(minutes=20)
"""Silence of an asker after which another question is a new one, unless it repeats the words."""
MUSES_FIRST = 0.3
"""What thinking aloud asks more where a conversation opens with it."""
ECHOES = 0.9
"""What a question loses that takes up the words of one just asked: a question back, most likely."""
ECHO_TIME = timedelta(minutes=30)
LEAD_IN = timedelta(minutes=15)
"""How long before the question its asker's statements still belong to it."""

_PREFIX = re.compile(
    r"^\s*(?:\[[^\]]{2,30}\]|【[^】]{2,20}】)\s*:?\s*|^\s*(?:bug|question|help|issue|feature|q)\s*:\s*", re.I
)
_TRACKER = re.compile(r"^\s*\[[^\]]{2,30}\]\s*:?\s*\S")
_TELLING_PLACE = re.compile(
    r"^\W*(?:announce|news\b|releases?\b|changelog|show|built-with|projects?\b|promo|self-promo|blog|events?\b"
    r"|公告|展示|お知らせ)",
    re.IGNORECASE,
)
"""Channels in which people tell rather than ask."""

_HELPERS = (Role.HELPER, Role.MAINTAINER)
_STOP = frozenset(
    "the a an i to is it in of and for on my with that this how do does can what why you are be have has not"
    " if or but any anyone there when at from as was so me".replace(" ", "|").split("|")
)


@dataclass(slots=True)
class Turn:
    """A message with what it does."""

    message: Message
    speech: Speech


@dataclass(slots=True)
class Asked:
    """A question as it is found: its asker, asking messages, and the sentences that word it."""

    asker: str
    turns: list[Turn] = field(default_factory=list)
    best: Sentence | None = None
    from_title: bool = False

    def add(self, turn: Turn) -> None:
        """Take in a message, and its strongest sentence where that asks more."""
        self.turns.append(turn)
        for sentence in turn.speech.sentences:
            if self.best is None or (
                sentence.asks > self.best.asks + 0.2 and not (self.best.asks >= ASKS and says_much(self.best))
            ):
                self.best = sentence


def content_words(text: str) -> set[str]:
    """Return the words of a text that carry meaning."""
    return {word for word in re.findall(r"\w{2,}", text.lower()) if word not in _STOP}


def says_much(sentence: Sentence) -> bool:
    """Return whether a sentence names its matter."""
    return len(content_words(sentence.text)) >= 4 and not does("vague", sentence.text)


def clean_title(title: str) -> str:
    """Return a title without tags such as "[Bug]:" in front."""
    before = None
    while before != title:
        before, title = title, _PREFIX.sub("", title, count=1)
    return title.strip(" .:-")


def turns_of(conversation: Conversation) -> list[Turn]:
    """Return the messages with what they do."""
    return [Turn(message, read_speech(message.text)) for message in conversation.messages]


def own_title(conversation: Conversation) -> str:
    """Return the title that somebody gave the thread; nothing for a channel's conversation."""
    thread = conversation.thread
    if thread.kind is ThreadKind.SPLIT and thread.parent == thread.channel_id:
        return ""
    return thread.title


def is_fragment(conversation: Conversation) -> bool:
    """Return whether the conversation was cut out of a native thread, whose start lies elsewhere.

    A post's first message has the id of its thread in Discord's forums.
    """
    thread = conversation.thread
    if thread.kind is not ThreadKind.SPLIT or thread.parent in (None, thread.channel_id):
        return False
    opened = str(thread.parent).rpartition("/")[2]
    return all(message.id.rpartition("/")[2] != opened for message in conversation.messages[:1])


def opens_otherwise(title: str, turns: Sequence[Turn]) -> bool:
    """Return whether the opening announces, shows, proposes or reports rather than asks."""
    if not turns:
        return False
    opener = turns[0].message.author
    opening = [turn.speech for turn in turns if turn.message.author == opener][:2]
    asks = max((speech.asks for speech in opening), default=0.0)
    heading = read_speech(title)
    shows = any(speech.showcase for speech in opening[:1]) or heading.showcase
    proposes = heading.proposal or any(speech.proposal for speech in opening[:1])
    reports = heading.report or any(speech.report for speech in opening[:1])
    return (shows and asks < OUTRIGHT) or ((proposes or reports) and asks < ASKS)


def is_spam(turn: Turn) -> bool:
    """Return whether a message advertises or baits."""
    return does("spam", turn.message.text)


def asks_nothing(conversation: Conversation) -> bool:
    """Return whether a conversation says next to nothing: greetings, thanks, links and smileys alone.

    Cues that call longer ones silent are wrong too often: many ask without a question mark.
    """
    if own_title(conversation) and not is_fragment(conversation):
        return False
    speeches = [turn.speech for turn in turns_of(conversation)]
    return all(
        one.words <= FEW_WORDS
        and one.text.isascii()
        and one.asks <= 0
        and not (one.question_mark or one.need or one.problem or one.has_code)
        for one in speeches
    )


def _echoes(turn: Turn, asked: Asked) -> bool:
    """Return whether a turn asks, in few words, about what somebody has just asked."""
    last = asked.turns[-1]
    words = content_words(turn.speech.text)
    said = set().union(*(content_words(one.message.text) for one in asked.turns))
    near = turn.message.created_at - last.message.created_at <= ECHO_TIME
    return near and turn.speech.words < 20 and len(words & said) >= 0.34 * len(words)


class _Finder:
    """Walks through a conversation once and collects what each member asks."""

    def __init__(
        self, turns: Sequence[Turn], not_asking: str | None, *, fragment: bool, opened: Asked | None = None
    ) -> None:
        self._fragment = fragment
        self.turns = turns
        self.asked: list[Asked] = [opened] if opened else []
        self._current: dict[str, Asked] = {opened.asker: opened} if opened else {}
        self._helped: set[str] = {turns[0].message.author} if opened else set()
        self._thanked: set[str] = set()
        self._not_asking = not_asking

    def walk(self) -> list[Asked]:
        """Return the questions in the order in which they were asked."""
        for number, turn in enumerate(self.turns):
            if any(turn is one for asked in self.asked for one in asked.turns):
                continue
            if turn.speech.system or turn.message.role == "bot":
                continue
            author = turn.message.author
            if author in self._current:
                self._go_on(turn, number)
            elif self._opens(turn):
                self._open(turn, number)
            elif self._current and turn.speech.asks < ASKS_AGAIN:
                self._helped.add(author)
        return self.asked

    def _opens(self, turn: Turn) -> bool:
        speech, author = turn.speech, turn.message.author
        strength = speech.asks
        if speech.social or speech.system or (speech.me_too and strength < 2.5):
            return False
        if does("musing", speech.text) and self._says_first(turn) and not self._fragment:
            strength += MUSES_FIRST
        if is_spam(turn) or (turn.message.role in _HELPERS and not self._first_of(turn)):
            # Who helps here asks back: what they ask belongs to somebody's question.
            return False
        if speech.proposal and not any(
            one.asks >= ASKS and not does("proposal", one.text) for one in speech.sentences
        ):
            return False
        if speech.redirect and self.asked:
            return False
        others = [asked for name, asked in self._current.items() if name != author]
        spoken_to = (
            bool(turn.message.mentions) or turn.message.reply_to is not None or not self._first_of(turn)
        )
        if others or self._not_asking or self._fragment or spoken_to:
            strength -= (
                (1.6 if self._fragment else 1.2) * speech.back
                + 0.6 * (author in self._helped)
                + 0.5 * (speech.words < 7)
            )
        if self._at_an_asker(turn, others):
            strength -= 0.6 + 0.9 * speech.back
        elif others and _echoes(turn, others[-1]):
            strength -= ECHOES
        if author == self._not_asking:
            strength -= 1.2
        return strength >= ASKS or self._states(turn)

    def _says_first(self, turn: Turn) -> bool:
        """Return whether the conversation opens with the turn; an empty opening message says nothing."""
        return next((one for one in self.turns if one.speech.words), None) is turn

    def _at_an_asker(self, turn: Turn, others: Sequence[Asked]) -> bool:
        """Return whether the turn speaks to somebody who asked: a question back, most likely."""
        message = turn.message
        asking = {one.message.id for asked in others for one in asked.turns}
        named = any(asked.asker in message.mentions or asked.asker in message.text for asked in others)
        return named or message.reply_to in asking

    def _states(self, turn: Turn) -> bool:
        """Return whether the one who opened the conversation states a problem or a need of their own."""
        speech = turn.speech
        if self.asked or self._not_asking is not None or speech.words < 4 or not self._first_of(turn):
            return False
        if speech.self_found or speech.showcase or speech.thanks or speech.proposal:
            return False
        if self._fragment and speech.asks < ASKS_AGAIN:
            return False
        wants = does("wants", speech.text) and speech.words > 6
        return wants or (speech.problem and (speech.need or speech.has_code) and speech.asks >= 0.3)

    def _first_of(self, turn: Turn) -> bool:
        """Return whether the author is the one who opened the conversation."""
        return self.turns[0].message.author == turn.message.author

    def _open(self, turn: Turn, number: int) -> None:
        asked = Asked(turn.message.author)
        lead: list[Turn] = []
        for before in reversed(self.turns[:number]):
            if before.message.author != asked.asker:
                if before.message.created_at < turn.message.created_at - LEAD_IN:
                    break
                continue
            recent = turn.message.created_at - before.message.created_at <= LEAD_IN
            used = any(before in other.turns for other in self.asked)
            if not recent or used or len(lead) >= 6:
                break
            if before.speech.words >= 4 or before.speech.has_link or before.speech.has_code:
                lead.append(before)
        for one in [*reversed(lead), turn]:
            asked.add(one)
        self.asked.append(asked)
        self._current[asked.asker] = asked
        self._thanked.discard(asked.asker)

    def _go_on(self, turn: Turn, number: int) -> None:
        asked, speech = self._current[turn.message.author], turn.speech
        if speech.thanks or speech.confirm:
            self._thanked.add(asked.asker)
        last = asked.turns[-1]
        known = set().union(*(content_words(one.speech.text) for one in asked.turns))
        words = content_words(speech.text)
        fresh = len(words & known) <= 0.34 * len(words)
        gap = turn.message.created_at - last.message.created_at
        answered = any(
            one.message.author != asked.asker and one.speech.words >= 4
            for one in self.turns[self.turns.index(last) + 1 : number]
        )
        strength = speech.asks - 0.8 * (speech.back and answered)
        apart = (asked.asker in self._thanked and answered) or gap > NEXT_QUESTION
        stated = gap > NEXT_QUESTION and speech.problem and speech.need and not answered and speech.words >= 6
        stated = stated and not (speech.redirect or speech.self_found or speech.confirm)
        asks = strength >= ASKS and any(one.asks >= ASKS and says_much(one) for one in speech.sentences)
        if fresh and apart and (asks or stated) and not speech.me_too:
            self._open(turn, number)
        elif strength >= ASKS_AGAIN or (
            not answered and gap <= LEAD_IN and (speech.words >= 4 or speech.has_code or speech.has_link)
        ):
            asked.add(turn)


def find_questions(conversation: Conversation, turns: Sequence[Turn]) -> list[Asked]:
    """Return what the conversation asks, oldest first."""
    title = "" if is_fragment(conversation) else own_title(conversation)
    heading = clean_title(title)
    normal = [turn for turn in turns if not turn.speech.system]
    if not normal or is_spam(normal[0]) or does("spam", title):
        return []
    if _TELLING_PLACE.search(conversation.channel) and not _TRACKER.match(title):
        return _asked_of_teller(conversation, normal)
    if heading and (_TRACKER.match(title) or len(normal) == 1) and _asks_by_title(title, normal):
        return [_from_title(heading, normal[0])]
    otherwise = opens_otherwise(title, normal)
    lost = _lost_opening(heading, normal)
    found = _Finder(
        normal,
        normal[0].message.author if otherwise else None,
        fragment=is_fragment(conversation),
        opened=lost,
    ).walk()
    opener = normal[0].message.author
    if lost is None and heading and not otherwise and not any(asked.asker == opener for asked in found):
        strength = asking_strength(strip_opening(heading))
        speech = read_speech(heading)
        if strength >= ASKS or (speech.problem and not speech.social):
            found.insert(0, _from_title(heading, normal[0]))
    return found


def _lost_opening(heading: str, turns: Sequence[Turn]) -> Asked | None:
    """Return the question of a thread that a helper opened on somebody's message, which is not in it.

    Only the title tells what was asked. The asker is the first other member who speaks.
    """
    opening = turns[0].message
    others = [turn.message.author for turn in turns if turn.message.author != opening.author]
    own = next((turn.speech for turn in turns[1:] if turn.message.author == opening.author), None)
    if (
        opening.text.strip()
        or not others
        or own is None
        or asking_strength(strip_opening(heading)) < ASKS_AGAIN
    ):
        return None
    to_them, of_self = does("to_you", own.text), does("of_me", own.text)
    if (own.asks >= ASKS_AGAIN or own.problem) and (of_self or not to_them):
        return None
    asked = _from_title(heading, turns[0])
    asked.asker = others[0]
    return asked


def _asked_of_teller(conversation: Conversation, turns: Sequence[Turn]) -> list[Asked]:
    """Return what others ask under an announcement or a showcase, and its author only outright."""
    asks = max(turns[0].speech.asks, asking_strength(strip_opening(clean_title(own_title(conversation)))))
    teller = turns[0].message.author if asks < OUTRIGHT else None
    return _Finder(turns, teller, fragment=is_fragment(conversation)).walk()


def _asks_by_title(title: str, turns: Sequence[Turn]) -> bool:
    """Return whether the title and the opening make one question: an issue, or a post with one text."""
    if _TRACKER.match(title):
        return True
    speech, heading = turns[0].speech, read_speech(title)
    shows = speech.showcase or heading.showcase or speech.social
    asks = max(speech.asks, heading.asks)
    wants = any(one.problem or one.need or one.question_mark for one in (speech, heading))
    return bool(turns[0].message.text) and (asks >= ASKS or (not shows and (wants or asks >= 0.5)))


def _from_title(heading: str, turn: Turn) -> Asked:
    asked = Asked(turn.message.author, [turn], None, from_title=True)
    asked.best = Sentence(strip_opening(heading), asking_strength(heading))
    return asked
