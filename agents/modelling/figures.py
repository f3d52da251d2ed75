"""A model's sentence about a table: its numbers stand in the rows it names, its words are those of a report.

A report tells who asked what how often. Whatever else a sentence says, it has from somebody's text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

LEAST_WORDS = 3
"""Words of a sentence beside names and numbers."""

_SMALL = dict(
    zero=0,
    one=1,
    two=2,
    three=3,
    four=4,
    five=5,
    six=6,
    seven=7,
    eight=8,
    nine=9,
    ten=10,
    eleven=11,
    twelve=12,
)
_SMALL_WORD = re.compile(rf"\b(?:{'|'.join(_SMALL)})\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_COUNTED = re.compile(
    r"(?<![\d.,])(?P<n>\d[\d,]*)\s+(?:[a-z]+\s+){0,2}?(?P<noun>member|people|question|topic|day)s?\b",
    re.IGNORECASE,
)
_MOST_OF = re.compile(
    r"(?<!\bthe\s)\bmost\s+(?:of|people|(?:community\s+)?members|users|askers|questions|topics)\b",
    re.IGNORECASE,
)
_UP = re.compile(
    r"\b(?:gr[eo]w(?:s|n|ing|th)?|ris(?:e|es|en|ing)|rose|increas\w*|climb\w*|up|more)\b", re.IGNORECASE
)
_DOWN = re.compile(
    r"\b(?:fad(?:e|es|ed|ing)|f[ae]ll(?:s|en|ing)?|drop\w*|declin\w*|down|fewer|less)\b", re.IGNORECASE
)
_TOP = re.compile(
    r"\bmost\b|\b(?:largest|biggest|busiest|top|main|leads?|leading|led|ahead|dominat\w+)\b", re.IGNORECASE
)
_NEW = re.compile(r"\b(?:new|newly|first|emerg\w*|appear\w*)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W\d_]+")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'"})


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    `text` holds every number that may be said of it, `name` what it is called. `trend` is 1 for growing,
    -1 for fading, 0 for neither or where nothing is compared. `top` is the most asked of its kind.
    """

    text: str
    name: str = ""
    trend: int = 0
    new: bool = False
    top: bool = False

    @property
    def counts(self) -> str:
        """The text without the name, in which numbers count nothing."""
        return _without_names(self.text, [self.name])


def numbers(text: str) -> set[str]:
    """Return the numbers of a text in digits, without separators of thousands, and counts in small words.

    >>> sorted(numbers("1,200 questions in 2.6, three open"))
    ['1200', '2.6', '3']
    """
    found = {_plain(one) for one in _NUMBER.findall(text)}
    return found | {str(_SMALL[one.lower()]) for one in _SMALL_WORD.findall(text)}


def unfounded(sentence: str, rows: Sequence[Row]) -> str:
    """Return what a sentence says that its rows do not: a number, a direction, a word; else ''.

    >>> unfounded("Backup was asked by 12 members.", [Row("Backup: 12 members", "Backup")])
    ''
    >>> unfounded("Backup was asked by 13 members.", [Row("Backup: 12 members", "Backup")])
    'the number 13'
    >>> unfounded("Backup is broken.", [Row("Backup: 12 members", "Backup")])
    "the word 'broken'"
    """
    text = sentence.translate(_QUOTES)
    bare = _without_names(text, [row.name for row in rows])
    return _number(bare, rows) or _direction(text, rows) or _word(bare)


def _number(bare: str, rows: Sequence[Row]) -> str:
    counts = "\n".join(_NUMBER.sub(lambda found: _plain(found[0]), row.counts) for row in rows)
    held = numbers(counts)
    for character in bare:
        if unicodedata.numeric(character, None) is not None and character not in "0123456789":
            return f"the number {character}"
    for one in [*_NUMBER.findall(bare), *_SMALL_WORD.findall(bare)]:
        if not numbers(one) <= held:
            return f"the number {one}"
    for found in _COUNTED.finditer(bare):
        noun = found["noun"].lower().replace("people", "member")
        counted = rf"(?<![\d.,]){_plain(found['n'])}(?:\s+[a-z]+){{0,2}}?\s+{noun}s?\b"
        if not re.search(counted, counts, re.IGNORECASE):
            return f"the count {found[0]}"
    share = _MOST_OF.search(bare)
    return f"the share {share[0]}" if share else ""


def _direction(text: str, rows: Sequence[Row]) -> str:
    """Return a direction that no row has which is named in the same sentence; the period has no name."""
    names = [row.name for row in rows]
    for part in _SENTENCE_END.split(text):
        bare = _without_names(part, names)
        named = [row for row in rows if not row.name or _without_names(part, [row.name]) != part]
        for pattern, holds in (
            (_UP, any(row.trend > 0 for row in named)),
            (_DOWN, any(row.trend < 0 for row in named)),
            (_NEW, any(row.new for row in named)),
            (_TOP, any(row.top for row in named)),
        ):
            said = pattern.search(bare)
            if said and not holds:
                return f"{said[0]!r}, which no row is"
    return ""


def _word(bare: str) -> str:
    known = _words_of_a_report()
    words = _WORD.findall(bare)
    found = next((one for one in words if one.casefold() not in known), "")
    if found:
        return f"the word {found!r}"
    return "" if len(words) >= LEAST_WORDS else "nothing but names"


@cache
def _words_of_a_report() -> frozenset[str]:
    file = resources.files("threadlore.agents.modelling").joinpath("report_words.txt")
    return frozenset(file.read_text("utf-8").split()) | _SMALL.keys() | {"s", "t"}


def _without_names(sentence: str, names: Sequence[str]) -> str:
    """Return a sentence with names taken out, the longest first."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        words = r"\s+".join(map(re.escape, name.translate(_QUOTES).split()))
        sentence = re.sub(rf"(?<!\w){words}(?!\w)", " ", sentence, flags=re.IGNORECASE)
    return sentence


def _plain(number: str) -> str:
    grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+", number)
    return number.replace(",", "") if grouped else number
