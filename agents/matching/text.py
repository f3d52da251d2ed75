"""Words for matching: stems, identifiers whole and in parts, character pairs of scripts without spaces."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_WORD = re.compile(r"[a-z0-9]+(?:[._'\-+][a-z0-9]+)*|[^\W\d_]+", re.IGNORECASE)
_PART = re.compile(r"[._\-+']")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")

_STOP = """
a an and any are as at be been but by can could d did do does doing don for from had has have having
hello hey hi how i if im in into is it its just like ll m me my need of on or our please re s should
so some t than thank thanks that the their them then there these they this those to too us ve want
was we were what when where which who why will with would you your am get got anyone somebody
someone help guys
"""
STOP_WORDS = frozenset(_STOP.split())

HEAD_WORDS = 40
"""A question longer than this has a head: its first line, which often says what the rest explains."""


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def _han_pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


def words(text: str) -> list[str]:
    """Return the words of `text` that carry meaning, stemmed, in order and with repeats.

    `IVF_FLAT` counts whole and in its parts; Chinese, Japanese and Korean runs count as character pairs.
    """
    found: list[str] = []
    for match in _WORD.finditer(text.lower()):
        word = match[0]
        if _HAN.search(word):
            for run in _HAN.findall(word):
                found += _han_pairs(run)
            continue
        parts = [part for part in _PART.split(word) if part]
        if len(parts) > 1 and not all(len(part) <= 2 and part.isalpha() for part in parts):
            found.append(word)
        found += [_stem(part) for part in parts if part not in STOP_WORDS]
    return found


def head(text: str) -> str:
    """Return the first line of a long text, or `text` itself when it is short or has one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or len(text.split()) <= HEAD_WORDS // 2:
        return text
    return lines[0]


def without_product(text: str, product: str) -> str:
    """Return `text` without the product's own name, or as it is where nothing would be left.

    In a FAQ about one product the name says nothing, and makes all questions that hold it look alike.

    >>> without_product("What is Milvus's license?", "Milvus"), without_product("milvus", "Milvus")
    ("What is license?", 'milvus')
    """
    if not product:
        return text
    name = rf"(?<![\w\-./]){re.escape(product)}(?:['’]s)?(?![\w\-./]*\w)"
    return re.sub(rf"[ \t]*{name}", "", text, flags=re.IGNORECASE).strip() or text
