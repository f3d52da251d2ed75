"""Keyphrases of a group of texts: what they say more often than the other groups do."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from threadlore.agents.grouping.words import STOP_WORDS

LONGEST = 3
"""Words of a keyphrase."""

LENGTH_BONUS = (1.0, 1.45, 1.6)
"""How much a phrase of one, two, three words is worth: rarer words make a longer phrase rarer anyway."""

COMMON, MANY_GROUPS = 0.25, 4
"""A phrase in more than a quarter of all groups names none of them: the product's own name, mostly."""

_SENTENCE = re.compile(r"[.!?;:\n()\[\]{}|\"“”<>]+|,\s|\s[-–—]\s")
_TOKEN = re.compile(r"[^\W\d_][\w+#]*(?:[-.'][^\W_]\w*)*|\d+(?:[.,]\d+)*[a-z%]*", re.IGNORECASE)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_PERSON = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]+\b")
"""Two capitalised words that one text alone says: more often a person than a subject."""

_VERSION = re.compile(r"v?\d[\w.]*|v\d*", re.IGNORECASE)
_VAGUE_WORDS = """
accessible actually add ago anything application apply ask asking available basically best better big
bit bug call called case cases cause caused causes causing change changed check code couple create
created current currently data day days default details different discover discovered doc easy enable
enabled encounter encountered enough error errors exactly example expect expected fail failed failing
fails false feature find fine following found full general guess happen happened happening happens hard
heard idea info information int invalid issue issues kind large latest left line long main mean means
message method missing month name none normal note noticed null number occur occurred occurs old open
option options order output part people place plan point post pretty problem problems project question
questions quite reason recent related report request result results return run running seen several show
shows side similar simple small solution solve solved soon sort specific start started stuff sudo
suggest support supported system test tested testing text thread time times today true type understand
update value values version versions week wondering word work worked working works wrong yes yesterday
"""
_VAGUE = frozenset(_VAGUE_WORDS.split())
"""Words that could stand in a name, but do not make one."""


def phrases(text: str) -> list[tuple[str, str]]:
    """Return (key, written form) of every run of one to three words that could be a keyphrase.

    A phrase does not cross punctuation, and neither begins nor ends with a stop word or a number.
    """
    found: list[tuple[str, str]] = []
    for piece in _SENTENCE.split(text):
        tokens = [_token(token) for token in _TOKEN.findall(piece) if not _UNSPACED.search(token)]
        for start, first in enumerate(tokens):
            if not first.at_end:
                continue
            for stop in range(start + 1, min(start + LONGEST, len(tokens)) + 1):
                last = tokens[stop - 1]
                if not last.inside:
                    break
                run = tokens[start:stop]
                if last.at_end and not all(one.vague for one in run):
                    found.append((" ".join([one.key for one in run]), " ".join([one.word for one in run])))
    return found


def singular(word: str) -> str:
    """Return the lower-case word without a plural s, so that both forms count as one.

    >>> singular("Indexes"), singular("vectors"), singular("Milvus")
    ('index', 'vector', 'milvus')
    """
    low = word.lower()
    if len(low) > 4 and low.endswith(("xes", "ches", "shes", "sses")):
        return low[:-2]
    if len(low) > 3 and low.endswith("s") and not low.endswith(("ss", "us", "is", "os", "'s")):
        return low[:-1]
    return low


@dataclass(frozen=True, slots=True)
class _Token:
    """A word with its place in phrases: whether one may begin or end with it, hold it, or be made of it."""

    word: str
    key: str
    at_end: bool
    inside: bool
    vague: bool


@lru_cache(maxsize=8192)
def _token(word: str) -> _Token:
    low, key = word.lower(), singular(word)
    stop = low in STOP_WORDS
    return _Token(
        word,
        key,
        at_end=not (stop or len(low) < 2 or low[0].isdigit()),
        inside=(not stop or low == "of") and not _VERSION.fullmatch(word),
        vague=key in _VAGUE or low in _VAGUE,
    )


class PhraseCounts:
    """How often each phrase occurs in each group: the background of class-based tf-idf.

    `ignored` is what everything is about, the product's name say, and names no group.
    """

    def __init__(self, groups: Iterable[tuple[str, Sequence[str]]], ignored: str = "") -> None:
        self._inside: dict[str, Counter[str]] = {}
        self._forms: dict[str, Counter[str]] = defaultdict(Counter)
        self._everywhere: Counter[str] = Counter()
        self._sizes: dict[str, int] = {}
        for key, texts in groups:
            counts: Counter[str] = Counter()
            for text in texts:
                pairs = phrases(text)
                counts.update({phrase for phrase, _ in pairs})
                for phrase, form in pairs:
                    self._forms[phrase][form] += 1
            self._inside[key] = counts
            self._everywhere.update(counts)
            self._sizes[key] = len(texts)
        spread = Counter(phrase for counts in self._inside.values() for phrase in counts)
        limit = max(MANY_GROUPS, COMMON * len(self._inside))
        self._common = {phrase for phrase, count in spread.items() if count > limit}
        self._common |= {singular(word) for word in _TOKEN.findall(ignored)}
        self._mean = sum(self._sizes.values()) / max(1, len(self._sizes))

    def weights(self, group: str) -> dict[str, float]:
        """Return the weight of each phrase of a group.

        Class-based tf-idf (Grootendorst 2022): share of the group's texts with the phrase, times
        ln(1 + mean size of a group / texts with the phrase anywhere).
        """
        size = max(1, self._sizes[group])
        return {
            phrase: count
            / size
            * math.log(1 + self._mean / self._everywhere[phrase] * math.sqrt(count))
            * LENGTH_BONUS[phrase.count(" ")]
            for phrase, count in self._inside[group].items()
            if phrase not in self._common
        }

    def top(self, group: str, limit: int) -> tuple[str, ...]:
        """Return the heaviest phrases of a group, in the form people write most, none inside another.

        What a single text of several says is no keyphrase of the group, unless nothing else is.
        """
        weights = self.weights(group)
        shared = {phrase for phrase in weights if self._inside[group][phrase] > 1}
        ranked = sorted(weights, key=lambda phrase: (phrase not in shared, -weights[phrase], phrase))
        kept: list[str] = []
        for phrase in ranked:
            if len(kept) >= limit or (len(kept) >= 3 and shared and phrase not in shared):
                break
            if phrase not in shared and _PERSON.match(self.written(phrase)):
                continue
            if not any(_overlap(phrase, other) for other in kept):
                kept.append(phrase)
        return tuple(self.written(phrase) for phrase in kept)

    def through(self, group: str, share: float) -> str:
        """Return the heaviest phrase that at least `share` of a group's texts have, or an empty text."""
        least = share * self._sizes[group]
        weights = self.weights(group)
        held = [phrase for phrase in weights if self._inside[group][phrase] >= least]
        return self.written(min(held, key=lambda phrase: (-weights[phrase], phrase))) if held else ""

    def written(self, phrase: str) -> str:
        """Return the form in which people write a phrase most often."""
        forms = self._forms[phrase]
        return min(forms, key=lambda form: (-forms[form], not form.islower(), form))


def _overlap(left: str, right: str) -> bool:
    ours, theirs = set(left.split()), set(right.split())
    return bool(ours & theirs)
