"""Questions in a language that the embedder does not read: compared by characters, within that language.

Phrasings of one language are compared with questions of the same one alone. What counts are pairs of Han
characters, whole words in katakana and Hangul, and names and numbers in Latin letters; words that any
question is made of are left out. One phrasing an entry is little to go by, so only what lies clearly
above everything else counts.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from threadlore.agents.matching.text import words

CLEAR = 0.41
"""Likeness from which a phrasing is taken to ask the same, chosen on Chinese and Japanese questions."""

COVERED = 0.45
"""Share of the question that the phrasing must have."""

AHEAD = 0.09
"""How far the second entry must lie behind."""

NAME_WEIGHT = 1.5
"""Names and numbers in Latin letters, and katakana words, say more than a pair of characters."""

_FUNCTION = re.compile(
    "怎么样|怎么办|怎么|怎样|如何|什么时候|什么|为什么|为何|哪个|哪些|哪里|是否|可以|可不可以|能不能|能否|应该|需要|请问|"
    "一下|一个|我们|我的|你们|以及|还是|或者|这个|那个|时候|之后|以后|不到|不了|有没有|想要|进行|问题|方法|办法|"
    "教えて|ください|方法|使い方|場合|違い|必要|時|方|怎麼|什麼|嗎|"
    "[的了吗呢吧啊在上下里中我你它是有和与或把被用会要能将从到对给就都也很太不]|[\u3040-\u309f]+"
)
_RUN = re.compile(r"[\u30a1-\u30ff]+|[\u3400-\u9fff]+|[\uac00-\ud7af]+")
_LATIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+\-]*")


def grams(text: str, product: str = "") -> set[str]:
    """Return what a text is compared by; the product's own name says nothing.

    >>> sorted(grams("在Windows上怎么运行Milvus", "Milvus"))
    ['window', '运行']
    """
    name = product.lower()
    found: set[str] = set()
    for token in _LATIN.findall(text):
        parts = words(token)
        found |= {word for word in (parts[:1] if token[0].isdigit() else parts) if word != name}
    for run in _RUN.findall(_FUNCTION.sub(" ", _LATIN.sub(" ", text))):
        if "\u30a1" <= run[0] <= "\u30ff" or "\uac00" <= run[0] <= "\ud7af":
            found.add(run)
        elif len(run) > 1:
            found |= {run[i : i + 2] for i in range(len(run) - 1)}
    return found


@dataclass(frozen=True, slots=True)
class ForeignMatch:
    """The entry that asks most alike, how much (0 to 1), how far ahead of the next, how much is covered."""

    entry: str
    likeness: float
    ahead: float
    covered: float

    @property
    def clear(self) -> bool:
        """Whether the entry may be given as the answer."""
        return self.likeness >= CLEAR and self.ahead >= AHEAD and self.covered >= COVERED


class ForeignPhrasings:
    """Phrasings in other languages. `texts` maps a language to pairs of entry id and text."""

    def __init__(self, texts: Mapping[str, Sequence[tuple[str, str]]], product: str = "") -> None:
        self._texts = texts
        self._product = product

    @cached_property
    def _grams(self) -> dict[str, list[tuple[str, set[str]]]]:
        return {
            language: [(entry, grams(text, self._product)) for entry, text in pairs]
            for language, pairs in self._texts.items()
        }

    @cached_property
    def _weights(self) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for language, pairs in self._grams.items():
            owners: defaultdict[str, set[str]] = defaultdict(set)
            for entry, parts in pairs:
                for part in parts:
                    owners[part].add(entry)
            counts = Counter({part: len(entries) for part, entries in owners.items()})
            found[language] = {part: _weight(part, count, len(pairs)) for part, count in counts.items()}
        return found

    def match(self, text: str, language: str, limit: int = 3) -> tuple[ForeignMatch, ...]:
        """Return the entries whose phrasings in `language` are most like `text`, best first."""
        pairs = self._grams.get(language)
        asked = grams(text, self._product)
        if not pairs or not asked:
            return ()
        weights = self._weights[language]
        unknown = {part: _weight(part, 0, len(pairs)) for part in asked if part not in weights}
        mass = sum(weights.get(part, 0.0) for part in asked) + sum(unknown.values())
        best: defaultdict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        for entry, parts in pairs:
            shared = sum(weights[part] for part in asked & parts)
            own = sum(weights[part] for part in parts)
            if shared:
                best[entry] = max(best[entry], (shared / math.sqrt(mass * own), shared / mass))
        order = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        values = [value for _, (value, _) in order] + [0.0]
        return tuple(
            ForeignMatch(entry, value, value - values[place + 1], covered)
            for place, (entry, (value, covered)) in enumerate(order[:limit])
        )


def _weight(part: str, count: int, total: int) -> float:
    rare = math.log(1 + (total + 0.5) / (count + 0.5))
    return rare * (NAME_WEIGHT if not "\u3400" <= part[0] <= "\u9fff" else 1.0)
