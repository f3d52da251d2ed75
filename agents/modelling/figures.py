"""Numbers in a model's sentence: each must stand in the rows of the table that the sentence speaks of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_UNCOUNTED = re.compile(
    r"\b(?:thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twent(?:y|ies)|thirt(?:y|ies)"
    r"|fort(?:y|ies)|fift(?:y|ies)|sixt(?:y|ies)|sevent(?:y|ies)|eight(?:y|ies)|ninet(?:y|ies)|hundreds?"
    r"|thousands?|millions?|billions?|dozens?|scores? of|couple|pair|single|both|hal(?:f|ves)|thirds?"
    r"|quarters?|fifths?|tenths?|double[ds]?|doubling|twice|thrice|triple[ds]?|tripling|\w+fold|majority|minority"
    r"|most of|most (?:people|members|questions)|second|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
    r"|no one|nobody|none|every(?:one|body)|all of|average|mean|median|per ?cent|percentage|once)\b",
    re.IGNORECASE,
)
"""Amounts in words: a table holds none of them."""
_UP = re.compile(
    r"\b(?:gr[eo]w(?:s|n|ing|th)?|ris(?:e|es|en|ing)|rose|increas\w*|climb\w*|surg\w*|jump\w*|spik\w*|soar\w*"
    r"|more\b(?! than one\b)|gain\w*|up from|picked up)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:fad(?:e|es|ed|ing)|f[ae]ll(?:s|en|ing)?|drop\w*|declin\w*|decreas\w*|shr[aiu]nk\w*|fewer|less"
    r"|down from|dwindl\w*|slow(?:ed|s|ing) down)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?<![\d.,])(?P<n>\d[\d,]*)\s+(?:[a-z]+\s+){0,2}?(?P<noun>member|people|question|topic|day)s?\b",
    re.IGNORECASE,
)
_NEW = re.compile(r"\b(?:new|newly|first|emerg\w*|appear(?:ed|s)?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: its text with every number that may be said of it, and which way it goes.

    `trend` is 1 for growing, -1 for fading, 0 for neither or where nothing is compared.
    """

    text: str
    trend: int = 0
    new: bool = False


def numbers(text: str) -> set[str]:
    """Return the numbers of a text in digits, without separators of thousands, and counts in small words.

    >>> sorted(numbers("1,200 questions in 2.6, three open"))
    ['1200', '2.6', '3']
    """
    found = {_plain(one) for one in _NUMBER.findall(text)}
    return found | {str(_WORDS[one.lower()]) for one in _WORD.findall(text)}


def unfounded(sentence: str, rows: Sequence[Row]) -> str:
    """Return what a sentence says that its rows do not: a number, an amount in words, a direction; else ''.

    >>> unfounded("Backup was asked by 12 members.", [Row("Backup: 12 members")])
    ''
    >>> unfounded("Backup was asked by 13 members.", [Row("Backup: 12 members")])
    'the number 13'
    """
    names = "\n".join(row.text for row in rows)
    held = set().union(*(numbers(row.text) for row in rows)) if rows else set()
    odd = [one for one in sentence if unicodedata.numeric(one, None) is not None and one not in "0123456789"]
    if any(one not in names for one in odd):
        return f"the number {odd[0]}"
    for one in [*_NUMBER.findall(sentence), *_WORD.findall(sentence)]:
        if not numbers(one) <= held:
            return f"the number {one}"
    for one in _COUNTED.finditer(sentence):
        noun = one["noun"].lower().replace("people", "member")
        counted = rf"(?<![\d.,]){_plain(one['n'])}(?:\s+[a-z]+){{0,2}}?\s+{noun}s?\b"
        if not re.search(counted, _NUMBER.sub(lambda found: _plain(found[0]), names), re.IGNORECASE):
            return f"the count {one[0]}"
    for one in _UNCOUNTED.findall(sentence):
        if one.casefold() not in names.casefold():
            return f"the amount {one}"
    return _direction(_without_names(sentence, names), rows)


def _direction(sentence: str, rows: Sequence[Row]) -> str:
    for pattern, holds in (
        (_UP, any(row.trend > 0 for row in rows)),
        (_DOWN, any(row.trend < 0 for row in rows)),
        (_NEW, any(row.new for row in rows)),
    ):
        said = pattern.search(sentence)
        if said and not holds:
            return f"{said[0]!r}, which no row is"
    return ""


def _without_names(sentence: str, names: str) -> str:
    """Return a sentence without runs of three and more words that stand in the rows: names of topics."""
    words = sentence.split()
    plain = " ".join(names.split()).casefold()
    kept: list[str] = []
    at = 0
    while at < len(words):
        end = len(words)
        while end - at >= 3 and " ".join(words[at:end]).strip(".,;:\"'“”").casefold() not in plain:
            end -= 1
        if end - at >= 3:
            at = end
        else:
            kept.append(words[at])
            at += 1
    return " ".join(kept)


def _plain(number: str) -> str:
    grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+", number)
    return number.replace(",", "") if grouped else number
