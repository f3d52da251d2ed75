"""Texts that are nearly the same, found by their letters alone: no embedder has to read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR_COPY = 0.5
"""Share of character pairs in common (Jaccard) from which two questions are one and the same."""

_SLICE = 500


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
