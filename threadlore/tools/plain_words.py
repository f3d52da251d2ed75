"""Puts a question into plain English words: mends typing errors, and translates the words of the matter.

It is no translation: of a German question what is left is mostly German. But its numbers, names and the
words that say what is asked for are then read by the same patterns as those of an English one.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from threadlore.tools.tables import table

_LETTERS = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"(?<![\w./\-])[A-Za-z]{5,}(?![\w/]|\.\w)")
_WORD = re.compile(r"(?<![\w./\-])[A-Za-z]{1,8}(?![\w/\-]|\.\w)")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:\.\d{3})+(?![\w.]|,\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\w.,])(\d{1,3}),(\d{1,2})(?![\w,]|\.\d)")
_PERCENT = re.compile(
    r"(\d)\s*(?:per\s?cent|prozent|pour\s?cent|por\s?ciento|por\s?cento|процент\w*)(?!\w)", re.IGNORECASE
)
_WITH = re.compile(r"(?<![\w/])w/\s*(?!o\b)", re.IGNORECASE)
_AMOUNT = re.compile(r"(\d)\s?([^\W\d_]{2})(?!\w)")
_LONG_GAP = re.compile(r"(\s{8})\s+")


def short_gaps(text: str) -> str:
    """Return `text` with long runs of white space cut: readers try every way to share them out."""
    return _LONG_GAP.sub(r"\1", text)


@lru_cache(maxsize=256)
def plain_words(text: str) -> str:
    """Return `text` with the words that a tool is called by in English and rightly spelled.

    >>> plain_words("Wie viel Arbeitsspeicher für 1,5 Millionen Vektoren?")
    'how much memory for 1.5 million vectors?'
    >>> plain_words("which embeding model for my colection?")
    'which embedding model for my collection?'
    """
    text = short_gaps(text)
    words = [word.lower() for word in _LETTERS.findall(text)]
    for language in _languages(words):
        text = _translated(text, language)
    text = _WITH.sub("with ", _PERCENT.sub(r"\1%", text))
    short = table("plain_words")["short_forms"]["words"]
    text = _WORD.sub(lambda match: short.get(match[0].lower(), match[0]), text)
    return _TOKEN.sub(lambda match: _spelled(match[0]), text)


def _languages(words: list[str]) -> list[str]:
    """Return the language of which two small words stand there, and more of them than of English."""
    counts = {code: sum(word in _small_words(code) for word in words) for code in _codes()}
    best = max(counts, key=lambda code: counts[code])
    return [best] if best != "en" and counts[best] > max(counts["en"], 1) else []


@cache
def _codes() -> tuple[str, ...]:
    return tuple(table("plain_words")["languages"])


@cache
def _small_words(language: str) -> frozenset[str]:
    return frozenset(table("plain_words")["languages"][language]["small_words"].split())


@cache
def _glossary(language: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    words = table("plain_words")["languages"][language]["words"]
    either = "|".join(f"({pattern})" for pattern, _ in words)
    return re.compile(rf"(?<![\w\-])(?:{either})(?!\w)", re.IGNORECASE), tuple(word for _, word in words)


def _translated(text: str, language: str) -> str:
    pattern, english = _glossary(language)
    text = _GROUPED.sub(lambda match: match[0].replace(".", ""), text)
    text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    units = table("plain_words")["languages"][language].get("byte_units", {})
    if units:
        text = _AMOUNT.sub(lambda match: f"{match[1]} {units.get(match[2].lower(), match[2])}", text)
    return pattern.sub(lambda match: english[(match.lastindex or 1) - 1], text)


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    row = table("plain_words")["spellings"]
    return frozenset(row["words"].split()), frozenset(row["are_words"].split())


@lru_cache(maxsize=4096)
def _spelled(word: str) -> str:
    """Return the one word of the vocabulary that `word` misses by a single slip, else `word` itself.

    One word in two numbers is one word: the singular is taken.
    """
    small = word.lower()
    known, others = _vocabulary()
    if small in known or small in others or small.removesuffix("s") in known:
        return word
    near = [one for one in known if one[0] == small[0] and _one_slip(one, small)]
    stems = {one.removesuffix("s") for one in near}
    return min(near, key=len) if len(stems) == 1 else word


def _one_slip(right: str, typed: str) -> bool:
    """Tell whether a letter too many, too few, wrong or swapped with its neighbour makes the difference."""
    if abs(len(right) - len(typed)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(right, typed, strict=False)) if a != b), None)
    if at is None:
        return len(right) != len(typed)
    if len(right) == len(typed):
        swapped = right[:at] + right[at + 1 : at + 2] + right[at : at + 1] + right[at + 2 :]
        return swapped == typed or right[at + 1 :] == typed[at + 1 :]
    longer, shorter = (right, typed) if len(right) > len(typed) else (typed, right)
    return longer[at + 1 :] == shorter[at:]
