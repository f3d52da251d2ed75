"""Group questions: a neighbour graph, Leiden, and the level at which the groups stand clearest apart."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from threadlore.agents.context import AnalysisContext
from threadlore.agents.grouping.copies import near_copies
from threadlore.agents.grouping.neighbours import NeighbourGraph, neighbour_graph
from threadlore.agents.grouping.partition import clearest_partition, leiden, silhouettes, sums_of
from threadlore.agents.grouping.same import MOST, same_questions
from threadlore.agents.unread import unread_language
from threadlore.embedding import embed_cached
from threadlore.ids import digest
from threadlore.types import WAITING, Question

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STAGE = "cluster"
METHOD = "leiden-2"
"""Changes whenever the same questions would be grouped otherwise."""

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

FAR = 0.6
"""Nearest cosine, against the usual one, below which a row belongs nowhere if it also stands out."""


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
    if _are_themes(best):
        topics, parents = _look_into(graph, vectors, best, seed)
        clearest = "themes"
    else:
        topics, parents = best, _gather(vectors, best, seed)
        clearest = "topics"
    far = _far(graph)
    found = _finished(np.where(far | _alone(topics), -1, topics), parents, clearest)
    return replace(found, themes=_numbered(np.where(far, -1, parents[topics])))


def clearest_groups(
    vectors: NDArray[np.float32], texts: Sequence[str] | None = None, seed: int = 7
) -> tuple[int, ...]:
    """Return what `cluster_vectors` answers, without working out the level that is not asked for."""
    import numpy as np

    if len(vectors) < FEW:
        return cluster_vectors(vectors, texts, seed).answer()
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    graph = neighbour_graph(vectors, texts, seed)
    best = clearest_partition(graph, vectors, seed)
    far = _far(graph)
    if _are_themes(best):
        return _numbered(np.where(far, -1, best))
    topics = np.where(far | _alone(best), -1, best)
    return _finished(topics, np.arange(int(best.max()) + 1), "topics").labels


def _are_themes(groups: NDArray[np.int64]) -> bool:
    """Return whether most rows are in groups so large that there are topics inside."""
    import numpy as np

    sizes = np.bincount(groups)
    return bool(sizes[groups].mean() > THEME_SIZE)


def _alone(groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows are the only one of their group."""
    import numpy as np

    alone: NDArray[np.bool_] = np.bincount(groups)[groups] < 2
    return alone


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
    sums = sums_of(vectors, topics, count)
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

    Topics hold what asks the same, themes what lies near. What the embedder cannot read is grouped only
    where the letters are nearly the same, and counted as waiting. The input is marked as done by
    `match_topics`, once the topics are stored.
    """
    questions = await asyncio.to_thread(context.records.questions)
    parts = [METHOD, str(context.seed), *(f"{item.id}:{item.text}" for item in questions)]
    input_hash = digest(*parts, length=32)
    if await asyncio.to_thread(context.records.stage_input, STAGE) == input_hash:
        return Clustering(changed=False, input_hash=input_hash)
    context.progress(STAGE, 0, len(questions))
    found = Clustering()
    if questions:
        embedder = context.embedder()
        unread = [unread_language(item.text, item.language, embedder.languages) for item in questions]
        read = [item for item, language in zip(questions, unread, strict=True) if not language]
        vectors = await embed_cached(context.records, embedder, [item.text for item in read])
        found = await asyncio.to_thread(group_questions, read, vectors, context.profile.product, context.seed)
        found = _with_unread(found, questions, unread)
    context.progress(STAGE, len(questions), len(questions))
    return replace(found, question_ids=tuple(item.id for item in questions), input_hash=input_hash)


def group_questions(
    questions: Sequence[Question], vectors: NDArray[np.float32], product: str, seed: int
) -> Clustering:
    """Return topics of questions that ask the same, under the groups that `cluster_vectors` finds.

    Args:
        questions: what is grouped.
        vectors: of their texts, shape (n, dimension), rows of length one.
        product: name of what all of it is about.
        seed: of everything that is drawn.
    """
    import numpy as np

    if not questions:
        return Clustering()
    texts = [item.text for item in questions]
    above = clearest_groups(vectors, texts, seed)
    near = np.array(above, dtype=np.int64)
    blocks = [np.arange(len(texts))]
    if len(texts) > MOST:
        blocks = [np.flatnonzero(near == group) for group in np.unique(near[near >= 0])]
    languages = [item.language for item in questions]
    topics = same_questions(vectors, texts, blocks, languages=languages, product=product)
    sizes = np.bincount(topics)
    parents = np.empty(len(sizes), dtype=np.int64)
    alone = int(near.max(initial=-1)) + 1
    for topic in range(len(sizes)):
        inside = near[topics == topic]
        known = inside[inside >= 0]
        # A topic that lies nowhere near others is a theme of its own.
        parents[topic] = np.bincount(known).argmax() if len(known) else alone + topic
    labels = np.where(sizes[topics] < 2, -1, topics)
    return replace(_finished(labels, parents, "themes"), themes=above)


def _with_unread(found: Clustering, questions: Sequence[Question], unread: Sequence[str]) -> Clustering:
    """Return `found` over all questions, with topics of near copies in languages that nothing reads."""
    labels = iter(found.labels)
    themes = iter(found.themes)
    every = [-1 if language else next(labels) for language in unread]
    above = [-1 if language else next(themes) for language in unread]
    parents = list(found.parents)
    for language in sorted(set(unread) - {""}):
        rows = [at for at, other in enumerate(unread) if other == language]
        copies = near_copies([questions[at].text for at in rows]).tolist()
        for group in sorted(set(copies)):
            members = [row for row, copy in zip(rows, copies, strict=True) if copy == group]
            if len(members) > 1:
                for row in members:
                    every[row] = len(parents)
                parents.append(max(parents, default=-1) + 1)
    waiting = Counter(language for language in unread if language)
    counts = {
        "questions": len(every),
        "topics": len(parents),
        "themes": len(set(parents)),
        "nowhere": every.count(-1),
        **{f"{WAITING}{language}": count for language, count in sorted(waiting.items())},
    }
    return replace(found, labels=tuple(every), themes=tuple(above), parents=tuple(parents), counts=counts)
