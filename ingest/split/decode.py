"""From scored links to conversations: each message joins the conversation that fits it best, in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from threadlore.ingest.split.pairs import Candidates
from threadlore.ingest.split.reading import Line


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a message belongs: `conversation` is the id of its first message, `reply_to` what it answers."""

    message_id: str
    conversation: str
    reply_to: str | None = None


@dataclass(slots=True)
class Talk:
    """A conversation as it grows. `speakers` and `called` count messages by and to each speaker."""

    root: int
    size: int = 0
    last: Line | None = None
    first: Line | None = None
    order: int = 0
    speakers: dict[int, int] = field(default_factory=dict)
    called: dict[int, int] = field(default_factory=dict)
    words: dict[str, float] = field(default_factory=dict)
    spoke_at: dict[int, float] = field(default_factory=dict)

    def add(self, line: Line, order: int) -> None:
        """Take in the next message; `order` is its number in the place."""
        self.first = self.first or line
        self.last = line
        self.size += 1
        self.order = order
        self.speakers[line.author] = self.speakers.get(line.author, 0) + 1
        self.spoke_at[line.author] = line.at
        self.words.update(line.words)
        for who in line.addressed + line.mentioned:
            self.called[who] = self.called.get(who, 0) + 1


def talk_features(
    line: Line, talk: Talk, support: Sequence[float], turn: Sequence[float], order: int
) -> list[float]:
    """Return what speaks for `line` belonging to `talk`.

    `support` holds (sum, maximum, maximum by the same speaker, chance of a new start) of its link
    chances; `turn` what the message shows by itself.
    """
    last, first = talk.last, talk.first
    if last is None or first is None:
        return [1.0, *support, *([-1.0] * (TALK_WIDTH - 5)), *turn]
    gap = math.log1p(max(0.0, line.at - last.at))
    shared = [weight for word, weight in line.words.items() if word in talk.words]
    addressed_in = sum(talk.speakers.get(who, 0) for who in line.addressed)
    return [
        0.0,
        *support,
        gap,
        gap - turn[0],
        math.log1p(order - talk.order),
        math.log1p(talk.size),
        float(len(talk.speakers)),
        talk.speakers.get(line.author, 0) / talk.size,
        math.log1p(talk.speakers.get(line.author, 0)),
        math.log1p(max(0.0, line.at - talk.spoke_at[line.author])) if line.author in talk.spoke_at else 20.0,
        math.log1p(talk.called.get(line.author, 0)),
        math.log1p(addressed_in) if line.addressed else -1.0,
        float(sum(who not in talk.speakers for who in line.addressed)),
        float(last.author == line.author),
        float(line.author in last.addressed),
        float(last.author in line.addressed),
        float(first.author == line.author),
        first.shape[0],
        last.shape[0],
        last.shape[2],
        sum(shared),
        sum(weight * weight for weight in shared) / (line.norm or 1.0) ** 2,
        math.log1p(max(0.0, line.at - first.at)),
        *turn,
    ]


TALK_WIDTH = 26

Choose = Callable[[Candidates, list[Talk], list[list[float]]], int]
"""Picks one of the conversations offered (the last is a new one) by their features."""


class Decoder:
    """Places the messages of one place, in order, and remembers the conversations."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._talk_at: dict[int, Talk] = {}
        self._order = 0
        self.placed: dict[int, tuple[int, int]] = {}

    def place(self, one: Candidates, chances: Sequence[float]) -> None:
        """Place one message: `placed[position]` becomes (first of its conversation, what it answers)."""
        line = one.line
        inside: dict[int, list[tuple[float, int]]] = {}
        for position, chance in zip(one.positions[:-1], chances[:-1], strict=True):
            inside.setdefault(self._talk_at[position].root, []).append((chance, position))
        if line.reply_to is not None and line.reply_to in self._talk_at:
            talk, answers = self._talk_at[line.reply_to], line.reply_to
        else:
            talk = self._best(one, chances, inside)
            answers = max(inside[talk.root])[1] if talk.root in inside else line.index
        talk.add(line, self._order)
        self._order += 1
        self._talk_at[line.index] = talk
        self.placed[line.index] = (talk.root, answers)

    def _best(
        self, one: Candidates, chances: Sequence[float], inside: dict[int, list[tuple[float, int]]]
    ) -> Talk:
        talks = [self._talk_at[links[0][1]] for links in inside.values()]
        turn = one.rows[-1][-one.turn_width :]
        rows = []
        for talk, links in zip(talks, inside.values(), strict=True):
            values = [chance for chance, _ in links]
            support = (sum(values), max(values), chances[-1], float(len(values)))
            rows.append(talk_features(one.line, talk, support, turn, self._order))
        talks.append(Talk(one.line.index))
        support = (chances[-1], chances[-1], chances[-1], 0.0)
        rows.append(talk_features(one.line, talks[-1], support, turn, self._order))
        return talks[self._choose(one, talks, rows)]
