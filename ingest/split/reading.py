"""What one message shows about its place in a channel: whom it addresses, what kind of turn it is."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from threadlore.types import Message, MessageKind

_WORD = re.compile(r"[\w']+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
"""Scripts without spaces between words, or with words that change their ends: read two letters at a time."""
_FIRST = re.compile(r"^\W{0,2}([^\s:,：，]+?)([:,;：，；]|\s|$)")
_AT = re.compile(r"@([\w\-\[\]^`{}|.]+)")
_GREETING = re.compile(
    r"^\W*(hi|hello|hey|hiya|heya|morning|good (morning|evening|day|afternoon)|yo)\b", re.I
)
_THANKS = re.compile(r"\b(thanks?|thx|ty|tnx|cheers|thank you|thankyou)\b", re.I)
_QUESTION = re.compile(
    r"[?？]|^\W*(how|what|why|where|who|when|which|can|could|does|do|is|are|any(one|body)|should|has)\b"
    r"|\b(any(one|body) know|how (do|can|to)|need help|help me)\b|请问|怎么|如何|为什么|[吗呢か]\W*$",
    re.I,
)
_REPLY = re.compile(
    r"^\W*(yes|yeah|yep|yup|no|nope|nah|ok|okay|sure|right|true|exactly|lol|haha|heh|ah|oh|hmm|well|sorry)\b",
    re.I,
)
_GO_ON = re.compile(r"^\W*(and|but|so|or|also|because|then|it|that|which|like)\b|^[.…]{2}|^s/|^\*", re.I)
_ANYONE = re.compile(
    r"\b(any(one|body)|some(one|body)|guys|folks|everyone|all|help|question|problem|trying|install)\b|请问|有人|大家|怎么|问题",
    re.I,
)
_LINK = re.compile(r"https?://|www\.|\[<-|\[url", re.I)
_COMMON = frozenset(
    _WORD.findall(
        "the and for you that this with have not but are was can your from its what how all any get just "
        "will there they use out has when then than does did like about would one some want know need into "
        "also i'm don't it's too been only more very should could where which who why here"
    )
)


@dataclass(slots=True)
class Line:
    """One message as numbers. `author` and `addressed` are indexes of speakers, `at` seconds."""

    index: int
    author: int
    at: float
    addressed: tuple[int, ...]
    mentioned: tuple[int, ...]
    words: dict[str, float]
    norm: float
    shape: tuple[float, ...]
    reply_to: int | None = None


def _seconds(messages: Sequence[Message]) -> list[float]:
    """Return times that never run backwards; a step back of over twelve hours is midnight passed."""
    times: list[float] = []
    shift = last = 0.0
    for message in messages:
        at = message.created_at.timestamp() + shift
        if times and last - at > 43200:
            shift += 86400
            at += 86400
        last = max(at, last) if times else at
        times.append(last)
    return times


def _bag(text: str) -> set[str]:
    """Return the words of a text that can tell what it is about."""
    lower = text.lower()
    words = {word for word in _WORD.findall(_WIDE.sub(" ", lower)) if len(word) > 2} - _COMMON
    return words | {run[at : at + 2] for run in _WIDE.findall(lower) for at in range(len(run) - 1)}


def turn_shape(text: str) -> tuple[float, ...]:
    """Return what kind of turn a text is.

    The order: question, greeting, thanks, short reply, goes on, asks anyone, link or code, command to a
    bot, number of words (log).
    """
    words = len(_WORD.findall(_WIDE.sub(" ", text))) + sum(map(len, _WIDE.findall(text))) // 2
    return (
        float(bool(_QUESTION.search(text))),
        float(bool(_GREETING.match(text))),
        float(bool(_THANKS.search(text))),
        float(bool(_REPLY.match(text))),
        float(bool(_GO_ON.match(text))),
        float(bool(_ANYONE.search(text))),
        float(bool(_LINK.search(text))),
        float(text.lstrip().startswith("!")),
        math.log1p(words),
    )


class _Names:
    """Speakers by name; a name that is an everyday word here counts only when it stands first."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.index: dict[str, int] = {}
        self.by_name: dict[str, int] = {}
        for message in messages:
            if message.author not in self.index:
                self.index[message.author] = len(self.index)
                if len(message.author) > 1:
                    self.by_name[message.author.lower()] = self.index[message.author]
        spoken = Counter(word for message in messages for word in set(_WORD.findall(message.text.lower())))
        limit = max(3, len(messages) // 50)
        self.everyday = {
            name for name in self.by_name if len(name) < 4 or name in _COMMON or spoken[name] > limit
        }

    def addressed(self, message: Message) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return speakers that the message addresses, and those that it only mentions."""
        text = message.text.lower()
        own = self.index[message.author]
        strong: list[int] = []
        first = _FIRST.match(text)
        if first and first[1].lstrip("@") in self.by_name:
            name = first[1].lstrip("@")
            if first[2] not in ("", " ") or name not in self.everyday:
                strong.append(self.by_name[name])
        strong += [self.by_name[name] for name in _AT.findall(text) if name in self.by_name]
        strong += [self.index[name] for name in message.mentions if name in self.index]
        weak = [
            self.by_name[word]
            for word in re.findall(r"[\w\-\[\]^`{}|]+", text)
            if word in self.by_name and word not in self.everyday
        ]
        found = tuple(dict.fromkeys(who for who in strong if who != own))
        return found, tuple(dict.fromkeys(who for who in weak if who != own and who not in found))


def read_lines(messages: Sequence[Message]) -> list[Line | None]:
    """Return one line a message, in the same order; None for a system message."""
    times = _seconds(messages)
    normal = [message for message in messages if message.kind is MessageKind.NORMAL]
    names = _Names(normal)
    bags = {
        position: _bag(message.text)
        for position, message in enumerate(messages)
        if message.kind is MessageKind.NORMAL
    }
    seen = Counter(word for bag in bags.values() for word in bag)
    positions = {message.id: position for position, message in enumerate(messages)}
    lines: list[Line | None] = []
    for position, message in enumerate(messages):
        if position not in bags:
            lines.append(None)
            continue
        words = {
            word: math.log(1 + len(bags) / seen[word])
            for word in bags[position]
            if word not in names.by_name or word in names.everyday
        }
        strong, weak = names.addressed(message)
        target = positions.get(message.reply_to or "")
        lines.append(
            Line(
                index=position,
                author=names.index[message.author],
                at=times[position],
                addressed=strong,
                mentioned=weak,
                words=words,
                norm=math.sqrt(sum(weight * weight for weight in words.values())),
                shape=turn_shape(message.text),
                reply_to=target if target is not None and target < position else None,
            )
        )
    return lines
