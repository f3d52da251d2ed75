"""Communities of a neighbour graph, at the resolution whose groups stand clearest apart."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from threadlore.agents.grouping.neighbours import NeighbourGraph

if TYPE_CHECKING:
    import igraph
    import numpy as np
    from numpy.typing import NDArray

RESOLUTIONS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0)
"""Resolutions of modularity that are tried, a factor of 1.4 apart."""

COARSEST = 1.0
"""Coarser than this is judged but not taken: there groups are joined that share fewer edges than chance
gives them. Where the coarser ones stand clearest apart, this one is the answer."""

SEEDS = 3
"""Runs of Leiden at each resolution while there are few rows."""

FEW_ROWS = 300

ITERATIONS = 4
"""Rounds of Leiden: what further ones move is below the noise between seeds."""

SLICE = 10_000
"""Rows compared to centroids at a time, which bounds memory."""


def clearest_partition(graph: NeighbourGraph, vectors: NDArray[np.float32], seed: int) -> NDArray[np.int64]:
    """Return the group of each row, from the resolution whose groups stand clearest apart.

    Of the partitions within one standard error of the best mean silhouette the finest is taken
    (the rule of Breiman et al. 1984 for pruning, turned to the finer side, because a topic is one
    question): with few rows several levels are equally clear, with many rows only one is.
    """
    import numpy as np

    network = _network(graph)
    tried: list[tuple[float, int, float, float]] = []
    partitions: list[NDArray[np.int64]] = []
    for resolution in RESOLUTIONS:
        for turn in range(SEEDS if graph.rows <= FEW_ROWS else 1):
            groups = _leiden(network, resolution, seed + turn)
            values = silhouettes(vectors, groups)
            error = float(values.std()) / float(np.sqrt(len(values)))
            tried.append((float(values.mean()), int(groups.max()), error, resolution))
            partitions.append(groups)
    best, _, error, _ = max(tried)
    fine = [at for at, one in enumerate(tried) if one[0] >= best - error]
    chosen = max(fine, key=lambda at: (tried[at][1], tried[at][0], -at))
    if tried[chosen][3] < COARSEST:
        chosen = next(at for at, one in enumerate(tried) if one[3] == COARSEST)
    return partitions[chosen]


def leiden(graph: NeighbourGraph, resolution: float, seed: int) -> NDArray[np.int64]:
    """Return communities of `graph` by modularity (Traag et al. 2019), numbered from 0."""
    return _leiden(_network(graph), resolution, seed)


def _network(graph: NeighbourGraph) -> igraph.Graph:
    import igraph
    import numpy as np

    edges = np.column_stack([graph.left, graph.right])
    return igraph.Graph(n=graph.rows, edges=edges, edge_attrs={"weight": graph.weight.tolist()})


def _leiden(network: igraph.Graph, resolution: float, seed: int) -> NDArray[np.int64]:
    import igraph
    import numpy as np

    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - repeatable, not secret
    try:
        found = network.community_leiden(
            objective_function="modularity", weights="weight", resolution=resolution, n_iterations=ITERATIONS
        )
    finally:
        igraph.set_random_number_generator(random)
    return np.asarray(found.membership, dtype=np.int64)


def silhouettes(vectors: NDArray[np.float32], groups: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the silhouette of each row, -1 to 1, by cosine distance to group centroids.

    Rousseeuw (1987) with centroids in place of all pairs (Hruschka et al. 2004), the own centroid
    without the row itself. A row alone counts 0, as does a single group.
    """
    import numpy as np

    found = np.zeros(len(vectors), dtype=np.float32)
    count = int(groups.max()) + 1
    if count < 2:
        return found
    sums = sums_of(vectors, groups, count)
    sizes = np.bincount(groups, minlength=count)
    centroids = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    for start in range(0, len(vectors), SLICE):
        rows = slice(start, start + SLICE)
        part, own = vectors[rows], groups[rows]
        near = part @ centroids.T
        rest = sums[own] - part
        inside = 1 - (rest * part).sum(axis=1) / np.maximum(np.linalg.norm(rest, axis=1), 1e-9)
        near[np.arange(len(part)), own] = -2
        outside = 1 - near.max(axis=1)
        value = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-9)
        found[rows] = np.where(sizes[own] > 1, value, 0)
    return found


def sums_of(vectors: NDArray[np.float32], groups: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """Return the sum of the rows of each group, shape (count, dimension); no group is empty."""
    import numpy as np

    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count))
    sums: NDArray[np.float32] = np.add.reduceat(vectors[order], starts, axis=0)
    return sums
