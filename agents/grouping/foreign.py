"""Questions in a language that the embedder was not trained on: grouped by their letters alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from threadlore.agents.drafting.wording import script_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR_COPY = 0.5
"""Share of character pairs in common (Jaccard) from which two questions are one and the same."""

OTHER = "other"
_FOREIGN_LETTERS = 0.3
_SLICE = 500


def unread_language(text: str, language: str, languages: Collection[str] | None) -> str:
    """Return the language of `text` when an embedder for `languages` cannot read it, else nothing.

    Only another script counts: a sentence in Latin letters still has words that the embedder knows.

    >>> unread_language("请问需要多少内存？", "", ["en"]), unread_language("Wie viel RAM?", "de", ["en"])
    ('zh', '')
    """
    if languages is None:
        return ""
    script = script_of(text)
    if not script:
        letters = [letter for letter in text if letter.isalpha()]
        strange = sum("LATIN" not in unicodedata.name(letter, "") for letter in letters)
        if strange <= _FOREIGN_LETTERS * len(letters):
            return ""
        script = language or OTHER
    return "" if script in languages else script


def near_copies(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the group of each text, from 0: texts that share `NEAR_COPY` of their pairs of letters."""
    import numpy as np
    from scipy.sparse import csr_matrix, vstack
    from scipy.sparse.csgraph import connected_components

    if not texts:
        return np.zeros(0, dtype=np.int64)
    pairs = [_pairs(text) for text in texts]
    column = {pair: at for at, pair in enumerate(sorted(set().union(*pairs)))}
    places = [(row, column[pair]) for row, found in enumerate(pairs) for pair in sorted(found)]
    rows, columns = zip(*places, strict=True) if places else ((), ())
    table = csr_matrix(
        (np.ones(len(places), np.float32), (rows, columns)), shape=(len(texts), max(1, len(column)))
    )
    sizes = np.asarray(table.sum(axis=1)).ravel()
    near = []
    for start in range(0, len(texts), _SLICE):
        common = (table[start : start + _SLICE] @ table.T).tocoo()
        union = sizes[common.row + start] + sizes[common.col] - common.data
        kept = common.data >= NEAR_COPY * union
        near.append(
            csr_matrix((np.ones(int(kept.sum())), (common.row[kept], common.col[kept])), shape=common.shape)
        )
    found: NDArray[np.int64] = connected_components(vstack(near), directed=False)[1].astype(np.int64)
    return found


def _pairs(text: str) -> set[str]:
    plain = re.sub(r"[\W_]+", "", text.casefold())
    return {first + second for first, second in pairwise(plain)}
