"""What goes into one call: conversations packed to a size, long ones cut between messages by meaning."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from threadlore.agents.modelling.marking import Limits, short
from threadlore.agents.modelling.wording import stems
from threadlore.chat import AT_A_TIME, rough_tokens
from threadlore.ids import digest
from threadlore.types import Conversation, Message

TARGET = 8000
"""Tokens of data a call, by `rough_tokens`: beyond that models begin to overlook conversations."""

LEAST = 400
"""Tokens of data a call, at least, however small the window is."""

HEADER = 12
"""Tokens that stand before the text of a message, or of a conversation."""

CHUNK = 64
"""Conversations planned together, in the mean."""

WINDOW = 6
"""Messages before and after a gap whose words are compared."""

NARROWER = (1.0, 0.6, 0.35, 0.2)
"""Shares of a text that are tried until what a call shows fits its window."""

Item = TypeVar("Item")

LONG_GAP = timedelta(days=1)
"""Silence after which a conversation is as good as over."""


@dataclass(frozen=True, slots=True)
class Part:
    """A conversation as one call shows it, whole or a piece of it."""

    conversation: Conversation
    whole: bool = True


def limits_for(data_tokens: int) -> Limits:
    """Return how much of each text is shown where a call holds so many tokens of data."""
    return Limits(text=min(1500, data_tokens), code_lines=8, whole_links=False)


def data_tokens(window: int, instructions: int) -> int:
    """Return how many tokens of data a call holds, of a window that instructions and the reply share."""
    return max(LEAST, min(TARGET, 2 * (window - instructions) // 3))


def batches_of(items: Sequence[Item], sizes: Sequence[int], room: int, most: int) -> list[list[Item]]:
    """Return `items` in their order, in runs of at most `most` whose sizes fit `room`; each has one at least.

    >>> batches_of("abcd", [3, 3, 9, 1], room=6, most=3)
    [['a', 'b'], ['c'], ['d']]
    """
    found: list[list[Item]] = []
    used = 0
    for item, size in zip(items, sizes, strict=True):
        if not found or len(found[-1]) == most or used + size > room:
            found.append([])
            used = 0
        found[-1].append(item)
        used += size
    return found


def text_tokens(text: str, limits: Limits) -> int:
    """Return about how many tokens a text has as `limits` show it, with what stands before it."""
    return HEADER + rough_tokens(short(text, limits))


def narrower(limits: Limits) -> Iterator[Limits]:
    """Yield `limits`, then ever shorter texts, for a call that has to fit a small window."""
    for share in NARROWER:
        yield replace(limits, text=round(limits.text * share))


def chunks(ids: Sequence[str], mean: int = CHUNK) -> list[tuple[str, ...]]:
    """Cut ids into runs whose ends depend on the ids alone.

    What is added or done in one run leaves the others as they are, and with them the calls that were paid
    for.
    """
    found: list[tuple[str, ...]] = []
    start = 0
    for number, key in enumerate(ids, 1):
        if number == len(ids) or int(digest(key, length=8), 16) % mean == 0:
            found.append(tuple(ids[start:number]))
            start = number
    return found


def pack(conversations: Sequence[Conversation], room: int, most: int = AT_A_TIME) -> list[tuple[Part, ...]]:
    """Return the calls that read `conversations`, in their order, each with at most `room` tokens of data.

    A conversation that does not fit is cut, and each piece has a call to itself. The calls that read the
    rest of a list are those that read it as part of the whole list, when it begins where a call began.
    """
    limits = limits_for(room)
    calls: list[tuple[Part, ...]] = []
    open_call: list[Part] = []
    used = 0
    for conversation in conversations:
        size = HEADER + sum(_sizes(conversation.messages, limits))
        if open_call and (used + size > room or len(open_call) == most):
            calls.append(tuple(open_call))
            open_call, used = [], 0
        if size > room:
            calls += [(part,) for part in cut(conversation, room)]
        else:
            open_call.append(Part(conversation))
            used += size
    return [*calls, tuple(open_call)] if open_call else calls


def cut(conversation: Conversation, room: int) -> list[Part]:
    """Return the pieces of a long conversation, each with at most `room` tokens where messages allow it.

    Later pieces begin with the first message again, which mostly says what all of it is about.
    """
    messages = conversation.messages
    sizes = _sizes(messages, limits_for(room))
    lead = 1 if sizes and sizes[0] <= room // 4 else 0
    spans = _spans(messages, sizes, (0, len(messages)), room - HEADER - lead * sizes[0])
    return [
        Part(
            conversation.model_copy(
                update={"messages": (*(messages[:lead] if start else ()), *messages[start:end])}
            ),
            whole=False,
        )
        for start, end in spans
    ]


def _sizes(messages: Iterable[Message], limits: Limits) -> list[int]:
    return [HEADER + rough_tokens(short(message.text, limits)) for message in messages]


def _spans(
    messages: Sequence[Message], sizes: Sequence[int], span: tuple[int, int], room: int
) -> list[tuple[int, int]]:
    """Cut a span of messages where the talk turns, until every piece fits."""
    start, end = span
    total = sum(sizes[start:end])
    if total <= room or end - start < 2:
        return [span]
    best, where = -math.inf, start + 1
    before = 0
    for at in range(start + 1, end):
        before += sizes[at - 1]
        balance = min(before, total - before) / total
        turn = _turn(messages, at, span) + 2.0 * min(balance, 0.25)
        if turn > best:
            best, where = turn, at
    return _spans(messages, sizes, (start, where), room) + _spans(messages, sizes, (where, end), room)


def _turn(messages: Sequence[Message], at: int, span: tuple[int, int]) -> float:
    """Return how much the talk turns before the message `at`: silence, other words, and no reply across."""
    before = messages[max(span[0], at - WINDOW) : at]
    after = messages[at : min(span[1], at + WINDOW)]
    silence = after[0].created_at - before[-1].created_at
    gap = min(
        1.0,
        math.log1p(max(0.0, silence / timedelta(minutes=1))) / math.log1p(LONG_GAP / timedelta(minutes=1)),
    )
    one, other = (stems(" ".join(message.text for message in side)) for side in (before, after))
    common = len(one & other) / max(1, min(len(one), len(other)))
    earlier = {message.id for message in messages[span[0] : at]}
    replies = sum(message.reply_to in earlier for message in after)
    return gap + (1.0 - common) - replies / len(after)
