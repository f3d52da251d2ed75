"""Candidate antecedents of each message, and what a pair shows: the input of the link model."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from threadlore.ingest.split.reading import Line

RECENT = 12
"""Last messages of the channel that are always candidates."""
OTHERS = 10
"""Speakers whose last message is a candidate."""
PACE_WINDOW = 60
"""Messages over which the pace of the channel is taken."""


@dataclass(slots=True)
class _Past:
    """What has been said so far, by speaker."""

    spoken: defaultdict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))
    naming: defaultdict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))
    order: dict[int, int] = field(default_factory=dict)
    recent: deque[Line] = field(default_factory=lambda: deque(maxlen=RECENT))
    speakers: dict[int, None] = field(default_factory=dict)
    partner: dict[int, int] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        self.order[line.index] = len(self.order)
        self.spoken[line.author].append(line)
        self.recent.append(line)
        self.speakers.pop(line.author, None)
        self.speakers[line.author] = None
        for who in line.addressed + line.mentioned:
            self.naming[who].append(line)
        for who in line.addressed:
            self.partner[line.author] = who
            self.partner[who] = line.author

    def candidates(self, line: Line) -> list[Line]:
        """Return messages that `line` may answer or go on from, newest first."""
        found = {one.index: one for one in self.recent}
        latest = list(self.spoken[line.author][-3:])
        for who in line.addressed + line.mentioned:
            latest += self.spoken[who][-4:]
        latest += self.naming[line.author][-3:]
        if line.author in self.partner:
            latest += self.spoken[self.partner[line.author]][-2:]
        for who in list(self.speakers)[-OTHERS:]:
            latest.append(self.spoken[who][-1])
        found.update((one.index, one) for one in latest)
        return [found[index] for index in sorted(found, reverse=True)]


def _log_gap(later: float, earlier: float) -> float:
    return math.log1p(max(0.0, later - earlier))


def _paces(lines: Sequence[Line]) -> list[float]:
    """Return for each line the median gap, in log seconds, of the messages around it."""
    gaps = [0.0] + [b.at - a.at for a, b in pairwise(lines)]
    half = PACE_WINDOW // 2
    blocks = {
        start: math.log1p(median(gaps[max(0, start - half) : start + half + 8]))
        for start in range(0, len(lines), 8)
    }
    return [blocks[position - position % 8] for position in range(len(lines))]


def _turn(line: Line, past: _Past, previous: Line | None, pace: float) -> list[float]:
    """Return what the message shows by itself, given what was said before."""
    own = past.spoken[line.author]
    named = past.naming[line.author]
    count = len(past.order)
    gap = _log_gap(line.at, previous.at) if previous else 20.0
    addressee = past.spoken[line.addressed[0]] if line.addressed else []
    return [
        pace,
        gap,
        gap - pace,
        _log_gap(line.at, own[-1].at) if own else 20.0,
        math.log1p(count - past.order[own[-1].index]) if own else 12.0,
        math.log1p(len(own)),
        _log_gap(line.at, named[-1].at) if named else 20.0,
        float(bool(line.addressed)),
        float(bool(line.mentioned)),
        _log_gap(line.at, addressee[-1].at) if addressee else (20.0 if line.addressed else -1.0),
        float(len({one.author for one in past.recent})),
        float(bool(previous and previous.author == line.author)),
        math.log1p(count),
        *line.shape,
    ]


def _overlap(line: Line, other: Line) -> tuple[float, float]:
    small, large = (line, other) if len(line.words) <= len(other.words) else (other, line)
    shared = [large.words[word] for word in small.words if word in large.words]
    if not shared:
        return 0.0, 0.0
    dot = sum(weight * weight for weight in shared)
    return dot / (line.norm * other.norm or 1.0), sum(shared)


def _pair(line: Line, other: Line, past: _Past, pace: float) -> list[float]:
    """Return what the pair (message, candidate antecedent) shows."""
    gap = _log_gap(line.at, other.at)
    theirs, own = past.spoken[other.author], past.spoken[line.author]
    cosine, shared = _overlap(line, other)
    since_other = _after(theirs, other.index)
    since_own = _after(own, other.index)
    to_me = [one for one in past.naming[line.author][-6:] if one.index > other.index]
    to_them = [one for one in past.naming[other.author][-6:] if one.index > other.index]
    addressed_set, other_set = set(line.addressed), set(other.addressed)
    return [
        gap,
        gap - pace,
        math.log1p(len(past.order) - past.order[other.index]),
        float(other.author == line.author),
        float(other.author in addressed_set),
        float(other.author in line.mentioned),
        float(line.author in other_set),
        float(line.author in other.mentioned),
        float(bool(addressed_set & other_set)),
        float(bool(addressed_set) and other.author not in addressed_set),
        float(bool(other_set) and line.author not in other_set),
        float(since_other),
        float(since_own),
        float(past.partner.get(line.author) == other.author),
        float(past.partner.get(other.author, line.author) == line.author),
        float(len(to_me)),
        float(len(to_them)),
        float(any(one.author == line.author for one in to_them)),
        cosine,
        shared,
        *other.shape,
    ]


def _after(own: Sequence[Line], index: int) -> int:
    """Return how many of a speaker's messages came after `index`, at most six."""
    count = 0
    for one in reversed(own[-6:]):
        if one.index <= index:
            break
        count += 1
    return count


PAIR_WIDTH = 29
TURN_WIDTH = 22


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows for one message: candidate positions (its own last, for a new start) and their features."""

    line: Line
    positions: tuple[int, ...]
    rows: list[list[float]]
    turn_width: int = TURN_WIDTH


def candidates_of(lines: Sequence[Line]) -> Iterator[Candidates]:
    """Yield the candidates of every line with their features; the last stands for a new conversation.

    One line's rows are some 20 x 52 numbers: take them in batches, a long channel does not fit memory.
    """
    past = _Past()
    previous: Line | None = None
    for line, pace in zip(lines, _paces(lines), strict=True):
        turn = _turn(line, past, previous, pace)
        others = past.candidates(line)
        rows = [[0.0, *_pair(line, other, past, pace), *turn] for other in others]
        rows.append([1.0, *([-1.0] * PAIR_WIDTH), *turn])
        yield Candidates(line, (*(one.index for one in others), line.index), rows)
        past.add(line)
        previous = line
