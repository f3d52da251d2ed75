"""The neighbour graph of vectors: who is near whom, and how near for that place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

EXACT_ROWS = 20_000
"""Up to here every pair is compared; beyond, inverted lists are searched."""

FEWEST, MOST = 8, 25
"""Neighbours of a row: a quarter of the root of all rows, within these bounds.

Small forums have small groups, and more neighbours than a group has members tie groups together.
"""

LEXICAL = 0.25
"""Share of word overlap in a similarity; vectors of sentences miss rare product words."""

SHARPNESS = 5.0
"""How fast an edge loses weight with its distance below what is usual around its ends."""


@dataclass(frozen=True)
class NeighbourGraph:
    """An undirected graph: edges `left[i]` to `right[i]` with `weight[i]` over 0, once each pair.

    `nearest` holds the cosine of each row to its nearest other row.
    """

    rows: int
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    weight: NDArray[np.float64]
    nearest: NDArray[np.float32]


def nearest_rows(
    vectors: NDArray[np.float32], count: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return (cosines, row numbers) of the `count` nearest other rows, each of shape (n, count).

    Rows of `vectors` have length one. Exact up to `EXACT_ROWS`, inverted lists beyond. Missing
    neighbours have row number -1.
    """
    import faiss
    import numpy as np

    rows, dimension = vectors.shape
    index: Any = faiss.IndexFlatIP(dimension)
    if rows > EXACT_ROWS:
        index = _inverted_lists(vectors, seed)
    index.add(vectors)
    cosines, found = index.search(vectors, count + 1)
    own = found == np.arange(rows)[:, None]
    own[~own.any(axis=1), -1] = True  # duplicates can crowd a row out of its own list
    keep = ~own
    return cosines[keep].reshape(rows, count), found[keep].reshape(rows, count)


def _inverted_lists(vectors: NDArray[np.float32], seed: int) -> Any:
    """Return a trained, empty faiss index that compares a row to about a thirtieth of the others."""
    import faiss
    import numpy as np

    rows, dimension = vectors.shape
    lists = int(2 * np.sqrt(rows))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = seed, 6, 40
    index.nprobe = max(8, lists // 32)
    index.train(vectors)
    return index


def neighbour_graph(vectors: NDArray[np.float32], texts: Sequence[str] | None, seed: int) -> NeighbourGraph:
    """Return the graph of the nearest rows, weighted for what is usual where they lie.

    A similarity is the cosine mixed with the share of rare words (`LEXICAL`) where texts are given.
    Its weight is exp(s * (similarity - mean of both ends' mean similarity)), doubled where each is
    among the other's neighbours: local scaling, after Zelnik-Manor and Perona (2004) and CSLS
    (Conneau et al. 2018), so that dense places do not swallow sparse ones.
    """
    import numpy as np

    rows = len(vectors)
    count = min(max(FEWEST, min(MOST, round(0.25 * rows**0.5))), rows - 1)
    pool = min(2 * count, rows - 1) if texts is not None else count
    cosines, found = nearest_rows(vectors, pool, seed)
    nearest = cosines.max(axis=1)
    similar = cosines
    if texts is not None:
        similar = _mixed(cosines, found, texts)
        order = np.argsort(-similar, axis=1, kind="stable")[:, :count]
        similar, found = np.take_along_axis(similar, order, 1), np.take_along_axis(found, order, 1)
    usual = similar.mean(axis=1)
    left = np.repeat(np.arange(rows), found.shape[1])
    right, value = found.ravel(), similar.ravel().astype(np.float64)
    known = right >= 0
    left, right, value = left[known], right[known], value[known]
    key = np.minimum(left, right) * rows + np.maximum(left, right)
    pairs, first, times = np.unique(key, return_index=True, return_counts=True)
    left, right, value = pairs // rows, pairs % rows, value[first]
    weight = times * np.exp(SHARPNESS * (value - (usual[left] + usual[right]) / 2))
    return NeighbourGraph(rows, left, right, weight, nearest)


def _mixed(
    cosines: NDArray[np.float32], found: NDArray[np.int64], texts: Sequence[str]
) -> NDArray[np.float32]:
    import numpy as np

    from threadlore.agents.grouping.words import shared_words, word_weights

    left = np.repeat(np.arange(len(found)), found.shape[1])
    shared = shared_words(word_weights(texts), left, found.ravel()).reshape(found.shape)
    mixed: NDArray[np.float32] = (1 - LEXICAL) * cosines + LEXICAL * shared
    return mixed
