"""How a product's names are written: learnt from what people reviewed, not from chat."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"(?<![\w./`_-])[A-Za-z][A-Za-z]+(?![\w/`_]|[.-]\w)")
_INSIDE = re.compile(r"[a-z,;]\s+$")
SEEN = 2
"""Times that a form must occur inside sentences."""

AGREED = 0.8
"""Share of a word's occurrences inside sentences that must have one form."""


def spellings(texts: Iterable[str], product: str = "") -> dict[str, str]:
    """Return the usual form of each word that has one of its own, by its lower case.

    Only words inside sentences tell: the first word of one is capital anyway.

    >>> spellings(["look at Attu and at etcd", "start Attu before etcd", "then Attu"])["attu"]
    'Attu'
    """
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for match in _WORD.finditer(text):
            if _INSIDE.search(text[: match.start()][-4:]):
                forms[match[0].lower()][match[0]] += 1
    table = {}
    for word, counts in forms.items():
        form, count = counts.most_common(1)[0]
        if count >= SEEN and count >= AGREED * counts.total():
            table[word] = form
    if product:
        table[product.lower()] = product
    return table


def respelt(text: str, table: Mapping[str, str]) -> str:
    """Return `text` as a sentence begins, its names written as in `table`; code stays.

    >>> respelt("attu cannot reach milvus", {"attu": "Attu", "milvus": "Milvus"})
    'Attu cannot reach Milvus'
    """

    def again(match: re.Match[str]) -> str:
        form = table.get(match[0].lower())
        plain = form is not None and form != form.lower()
        return form if form and plain and not match[0].isupper() else match[0]

    fixed = _WORD.sub(again, re.sub(r"\s*-+>\s*", " to ", text))
    first = _WORD.match(fixed)
    if first is None:
        return fixed
    return fixed if first[0] != first[0].lower() else first[0].capitalize() + fixed[first.end() :]
