"""Group questions: a neighbour graph, Leiden, and the level at which the groups stand clearest apart."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from threadlore.agents.context import AnalysisContext
from threadlore.agents.grouping.neighbours import NeighbourGraph, neighbour_graph
from threadlore.embedding import embed_cached
from threadlore.ids import digest

if TYPE_CHECKING:
    import igraph
    import numpy as np
    from numpy.typing import NDArray

STAGE = "cluster"
METHOD = "leiden-1"
"""Changes whenever the same questions would be grouped otherwise."""

RESOLUTIONS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0)
"""Resolutions of modularity that are tried, a factor of 1.4 apart."""

COARSEST = 1.0
"""Coarser than this is judged but not taken: there groups are joined that share fewer edges than chance
gives them. Where the coarser ones stand clearest apart, this one is the answer."""

FEW = 12
"""Below this many questions a graph says nothing: pairs are compared instead."""

SAME_QUESTION = 0.55
"""Cosine above which two of a handful of questions go together."""

THEME_SIZE = 20
"""A group larger than this is a theme that is looked into for topics of its own."""

NO_STRUCTURE = 0.1
"""Mean silhouette below which a theme is not divided: noise alone reaches about that."""

FEW_TOPICS = 6
"""Below this many topics there is nothing to gather into themes."""

SEEDS = 3
"""Runs of Leiden at each resolution while there are few rows."""

FEW_ROWS = 300

FAR = 0.6
"""Nearest cosine, against the usual one, below which a row belongs nowhere if it also stands out."""

ITERATIONS = 4
"""Rounds of Leiden: what further ones move is below the noise between seeds."""

SLICE = 10_000
"""Rows compared to centroids at a time, which bounds memory."""


@dataclass(frozen=True)
class Clustering:
    """Two levels of groups over rows.

    `labels` hold the topic of each row, -1 for nowhere; `parents` the theme of each topic; `themes` the
    theme of each row, which a row alone in its topic can have. `clearest`
    names the level whose groups stand clearest apart. `question_ids` name the rows where they are
    questions of the records; `input_hash` is what the grouping was made from. `changed` is False when
    nothing was new, and then nothing else is filled.
    """

    labels: tuple[int, ...] = ()
    parents: tuple[int, ...] = ()
    clearest: str = "topics"
    question_ids: tuple[str, ...] = ()
    input_hash: str = ""
    changed: bool = True
    counts: dict[str, int] = field(default_factory=dict)
    themes: tuple[int, ...] = ()

    def answer(self) -> tuple[int, ...]:
        """Return one label a row, of the level whose groups stand clearest apart; -1 for nowhere."""
        return self.labels if self.clearest == "topics" else self.themes


def cluster_vectors(
    vectors: NDArray[np.float32], texts: Sequence[str] | None = None, seed: int = 7
) -> Clustering:
    """Group rows of length one, shape (n, dimension), with their texts where there are any.

    The resolution is not set but found: the partition with the highest mean silhouette over a range
    of resolutions. Groups that are large are looked into again for topics; small ones are gathered
    into themes. The same input and seed give the same groups.
    """
    import numpy as np

    rows = len(vectors)
    if rows < FEW:
        labels = _few(np.asarray(vectors, dtype=np.float32))
        return _finished(labels, np.arange(labels.max(initial=-1) + 1), "topics")
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    graph = neighbour_graph(vectors, texts, seed)
    best = clearest_partition(graph, vectors, seed)
    sizes = np.bincount(best)
    if sizes[best].mean() > THEME_SIZE:
        topics, parents = _look_into(graph, vectors, best, seed)
        clearest = "themes"
    else:
        topics, parents = best, _gather(vectors, best, seed)
        clearest = "topics"
    far = _far(graph)
    alone = np.bincount(topics)[topics] < 2
    found = _finished(np.where(far | alone, -1, topics), parents, clearest)
    return replace(found, themes=_numbered(np.where(far, -1, parents[topics])))


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
    sums = _sums(vectors, groups, count)
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


def _sums(vectors: NDArray[np.float32], groups: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    import numpy as np

    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count))
    sums: NDArray[np.float32] = np.add.reduceat(vectors[order], starts, axis=0)
    return sums


def _look_into(
    graph: NeighbourGraph, vectors: NDArray[np.float32], themes: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (topic of each row, theme of each topic): large themes split by their own structure."""
    import numpy as np

    topics = np.zeros(len(themes), dtype=np.int64)
    parents: list[int] = []
    for theme in range(int(themes.max()) + 1):
        members = np.flatnonzero(themes == theme)
        inner = np.zeros(len(members), dtype=np.int64)
        if len(members) > THEME_SIZE:
            inner = clearest_partition(_part(graph, members), vectors[members], seed)
            if float(silhouettes(vectors[members], inner).mean()) < NO_STRUCTURE:
                inner = np.zeros(len(members), dtype=np.int64)
        topics[members] = inner + len(parents)
        parents += [theme] * (int(inner.max()) + 1)
    return topics, np.array(parents, dtype=np.int64)


def _part(graph: NeighbourGraph, members: NDArray[np.int64]) -> NeighbourGraph:
    """Return the graph of some rows, renumbered in their order."""
    import numpy as np

    place = np.full(graph.rows, -1, dtype=np.int64)
    place[members] = np.arange(len(members))
    inside = (place[graph.left] >= 0) & (place[graph.right] >= 0)
    return NeighbourGraph(
        len(members),
        place[graph.left[inside]],
        place[graph.right[inside]],
        graph.weight[inside],
        graph.nearest[members],
    )


def _gather(vectors: NDArray[np.float32], topics: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return the theme of each topic: Leiden at resolution 1 over the centroids of the topics."""
    import numpy as np

    count = int(topics.max()) + 1
    if count < FEW_TOPICS:
        return np.arange(count)
    sums = _sums(vectors, topics, count)
    centroids = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return leiden(neighbour_graph(centroids, None, seed), 1.0, seed)


def _far(graph: NeighbourGraph) -> NDArray[np.bool_]:
    """Return which rows are far from everything, against what is usual in this collection."""
    import numpy as np

    usual = float(np.median(graph.nearest))
    spread = 1.4826 * float(np.median(np.abs(graph.nearest - usual)))
    far: NDArray[np.bool_] = graph.nearest < min(usual - 3 * spread, FAR * usual)
    return far


def _numbered(groups: NDArray[np.int64]) -> tuple[int, ...]:
    """Return groups numbered in the order of their first row; -1 stays."""
    numbers: dict[int, int] = {-1: -1}
    return tuple(numbers.setdefault(int(group), len(numbers) - 1) for group in groups)


def _few(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return groups of a handful of rows: average linkage down to `SAME_QUESTION`."""
    import numpy as np

    groups = [[row] for row in range(len(vectors))]
    cosines = vectors @ vectors.T
    while len(groups) > 1:
        pairs = [
            (float(cosines[np.ix_(a, b)].mean()), -i, -j)
            for i, a in enumerate(groups)
            for j, b in enumerate(groups[:i])
        ]
        value, i, j = max(pairs)
        if value < SAME_QUESTION:
            break
        groups[-j] = sorted(groups[-j] + groups.pop(-i))
    labels = np.full(len(vectors), -1, dtype=np.int64)
    for number, members in enumerate(group for group in groups if len(group) > 1):
        labels[members] = number
    return labels


def _finished(topics: NDArray[np.int64], parents: NDArray[np.int64], clearest: str) -> Clustering:
    """Number topics by size, then by first row, and themes by their first topic."""
    import numpy as np

    used, first, sizes = np.unique(topics[topics >= 0], return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    number = {int(used[old]): new for new, old in enumerate(order)}
    themes: dict[int, int] = {}
    for old in (int(used[at]) for at in order):
        themes.setdefault(int(parents[old]), len(themes))
    ranked = sorted(number, key=lambda old: number[old])
    labels = tuple(number.get(int(topic), -1) for topic in topics)
    counts = {
        "questions": len(labels),
        "topics": len(number),
        "themes": len(themes),
        "nowhere": labels.count(-1),
    }
    return Clustering(labels, tuple(themes[int(parents[old])] for old in ranked), clearest, counts=counts)


async def cluster_questions(context: AnalysisContext) -> Clustering:
    """Group every question of the records; nothing is computed when they are as they were.

    The input is marked as done by `match_topics`, once the topics are stored.
    """
    questions = await asyncio.to_thread(context.records.questions)
    parts = [METHOD, str(context.seed), *(f"{item.id}:{item.text}" for item in questions)]
    input_hash = digest(*parts, length=32)
    if await asyncio.to_thread(context.records.stage_input, STAGE) == input_hash:
        return Clustering(changed=False, input_hash=input_hash)
    texts = [item.text for item in questions]
    context.progress(STAGE, 0, len(texts))
    found = Clustering()
    if texts:
        vectors = await embed_cached(context.records, context.embedder(), texts)
        found = await asyncio.to_thread(cluster_vectors, vectors, texts, context.seed)
    context.progress(STAGE, len(texts), len(texts))
    return replace(found, question_ids=tuple(item.id for item in questions), input_hash=input_hash)
