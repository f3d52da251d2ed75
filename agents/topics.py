"""Give groups the ids of the topics they continue, and record what became of the others."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from threadlore.agents.cluster import STAGE, Clustering
from threadlore.agents.context import AnalysisContext
from threadlore.agents.grouping.periods import period_of, state_of
from threadlore.embedding import embed_cached
from threadlore.ids import topic_id
from threadlore.types import WAITING, Question, Topic, TopicEvent, TopicState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHARE = 1 / 3
"""Share of the smaller of the two that a group and a topic must have in common to be the same."""

CENTROID = 0.25
"""Weight of the centroids' cosine beside the share of common questions (Jaccard)."""

Kind = Literal["born", "merged", "split", "ended"]


@dataclass
class Matching:
    """One level of groups being matched to the topics of earlier runs.

    `groups` hold question ids, `ids` the topic of each group once it is known.
    """

    groups: list[tuple[str, ...]]
    known: dict[str, Topic]
    ids: dict[int, str] = field(default_factory=dict)
    events: list[tuple[Kind, str, str | None]] = field(default_factory=list)
    gone: dict[str, str | None] = field(default_factory=dict)


async def match_topics(context: AnalysisContext, clustering: Clustering) -> dict[str, int]:
    """Store the groups of `clustering` as topics and themes; return what changed, by count.

    A topic that goes on keeps its id, name and area. What a person merged stays merged: a topic in
    state merged that still names its questions draws them into the topic it was merged into.
    """
    if not clustering.changed:
        return {"unchanged": 1}
    records = context.records
    questions = {item.id: item for item in await asyncio.to_thread(records.questions)}
    known = {item.id: item for item in await asyncio.to_thread(records.topics)}
    themes_known = {item.parent for item in known.values() if item.parent}
    topics, themes, parent_of = _groups(clustering)
    fine = Matching(topics, {key: item for key, item in known.items() if key not in themes_known})
    _redirect_merged(fine)
    coarse = Matching(themes, {key: item for key, item in known.items() if key in themes_known})
    for level, salt in ((fine, ()), (coarse, ("theme",))):
        near = await _centroid_likeness(context, level, questions)
        _assign(level, near)
        _mint(level, salt, set(known))
        _account(level)
    parents = {
        fine.ids[at]: coarse.ids[theme]
        for at, theme in parent_of.items()
        if theme is not None and at in fine.ids
    }
    stored = _records(fine, parents, questions) + _records(coarse, {}, questions)
    changed = [item for item in stored if known.get(item.id) != item]
    events = [
        TopicEvent(run_id=context.run_id, topic_id=key, kind=kind, other_id=other, at=context.now)
        for kind, key, other in fine.events
    ]
    await asyncio.to_thread(records.save_topics, changed, events)
    await asyncio.to_thread(records.save_stage_input, STAGE, clustering.input_hash)
    counts = Counter(kind for kind, _, _ in fine.events)
    return {
        "topics": len(set(fine.ids.values())),
        "themes": len(coarse.groups),
        "nowhere": clustering.counts.get("nowhere", 0),
        **{key: count for key, count in clustering.counts.items() if key.startswith(WAITING)},
        **{kind: counts[kind] for kind in ("born", "merged", "split", "ended")},
    }


def merge_topics(source: Topic, target: Topic) -> tuple[Topic, Topic]:
    """Return both topics after a person merged `source` into `target`.

    The source keeps its questions, so that later runs know what belongs to the target.
    """
    joined = tuple(sorted({*source.question_ids, *target.question_ids}))
    merged = source.model_copy(update={"state": TopicState.MERGED, "merged_into": target.id})
    return merged, target.model_copy(update={"question_ids": joined})


def _groups(
    clustering: Clustering,
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]], dict[int, int | None]]:
    """Return topics, themes of two topics or more, and the theme of each topic."""
    members: dict[int, list[str]] = defaultdict(list)
    for question, label in zip(clustering.question_ids, clustering.labels, strict=True):
        if label >= 0:
            members[label].append(question)
    topics = [tuple(sorted(members[label])) for label in range(len(clustering.parents))]
    children: dict[int, list[int]] = defaultdict(list)
    for topic, theme in enumerate(clustering.parents):
        children[theme].append(topic)
    kept = [theme for theme in sorted(children) if len(children[theme]) > 1]
    themes = [tuple(sorted(key for topic in children[theme] for key in topics[topic])) for theme in kept]
    place = {theme: at for at, theme in enumerate(kept)}
    return topics, themes, {topic: place.get(theme) for topic, theme in enumerate(clustering.parents)}


def _redirect_merged(level: Matching) -> None:
    """Join groups that belong to topics which a person merged into the same one."""
    root: dict[str, str] = {}
    for key, item in sorted(level.known.items()):
        end = item
        while end.merged_into in level.known and end.merged_into != key:
            end = level.known[end.merged_into]
        if item.state is TopicState.MERGED and item.question_ids and end.id != key:
            root.update(dict.fromkeys(item.question_ids, end.id))
    if not root:
        return
    owner = {q: key for key, item in _living(level).items() for q in item.question_ids}
    joined: dict[str, int] = {}
    for at, group in enumerate(level.groups):
        votes = Counter(root.get(q) or owner.get(q) for q in group)
        best, count = min(votes.items(), key=lambda vote: (-vote[1], str(vote[0])))
        if best is None or best not in root.values() or count * 2 < len(group):
            continue
        if best in joined:
            level.groups[joined[best]] = tuple(sorted({*level.groups[joined[best]], *group}))
            level.groups[at] = ()
        else:
            joined[best] = at


def _living(level: Matching) -> dict[str, Topic]:
    return {
        key: item
        for key, item in level.known.items()
        if item.state is not TopicState.MERGED and item.question_ids
    }


def _overlaps(level: Matching) -> dict[tuple[int, str], int]:
    """Return how many questions each group shares with each topic of the last run."""
    owners: dict[str, str] = {q: key for key, item in _living(level).items() for q in item.question_ids}
    return Counter((at, owners[q]) for at, group in enumerate(level.groups) for q in group if q in owners)


async def _centroid_likeness(
    context: AnalysisContext, level: Matching, questions: Mapping[str, Question]
) -> dict[tuple[int, str], float]:
    """Return the cosine of group and topic centroids, where more than one match is possible."""
    shared = _overlaps(level)
    by_group, by_topic = Counter(at for at, _ in shared), Counter(key for _, key in shared)
    contested = [pair for pair in shared if by_group[pair[0]] > 1 or by_topic[pair[1]] > 1]
    if not contested:
        return {}
    needed = {q for at, key in contested for q in (*level.groups[at], *level.known[key].question_ids)}
    order = sorted(needed & questions.keys())
    vectors = await embed_cached(context.records, context.embedder(), [questions[q].text for q in order])
    place = {key: at for at, key in enumerate(order)}
    return {
        (at, key): _cosine(
            _mean(vectors, place, level.groups[at]), _mean(vectors, place, level.known[key].question_ids)
        )
        for at, key in contested
    }


def _mean(
    vectors: NDArray[np.float32], place: Mapping[str, int], members: Sequence[str]
) -> NDArray[np.float32]:
    mean: NDArray[np.float32] = vectors[[place[q] for q in members if q in place]].mean(axis=0)
    return mean


def _cosine(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    import numpy as np

    return float(left @ right / max(1e-9, float(np.linalg.norm(left) * np.linalg.norm(right))))


def _assign(level: Matching, near: Mapping[tuple[int, str], float]) -> None:
    """Match groups and topics one to one, the most alike first; ties by id, so always the same."""
    scored = []
    for (at, key), count in _overlaps(level).items():
        ours, theirs = len(level.groups[at]), len(level.known[key].question_ids)
        if count >= SHARE * min(ours, theirs):
            jaccard = count / (ours + theirs - count)
            scored.append((-jaccard - CENTROID * near.get((at, key), 1.0), key, at))
    taken: set[str] = set()
    for _, key, at in sorted(scored):
        if at not in level.ids and key not in taken:
            level.ids[at] = key
            taken.add(key)


def _mint(level: Matching, salt: tuple[str, ...], used: set[str]) -> None:
    """Give the groups without a topic a new id, from the questions that found it."""
    owners = {q: key for key, item in _living(level).items() for q in item.question_ids}
    living = set(_living(level))
    for at, group in enumerate(level.groups):
        if at in level.ids or not group:
            continue
        fresh = topic_id((*salt, *group))
        while fresh in living or fresh in level.ids.values():
            fresh = topic_id((fresh, *group))
        level.ids[at] = fresh
        used.add(fresh)
        origin = Counter(owners[q] for q in group if q in owners).most_common(1)
        level.events.append(("born", fresh, None))
        if origin and origin[0][1] * 2 >= len(group) and origin[0][0] in level.ids.values():
            level.events[-1] = ("split", fresh, origin[0][0])


def _account(level: Matching) -> None:
    """Say of each topic that no group continues where its questions went."""
    now = {q: level.ids[at] for at, group in enumerate(level.groups) for q in group}
    continued = set(level.ids.values())
    for key, item in sorted(_living(level).items()):
        if key in continued:
            continue
        heirs = Counter(now[q] for q in item.question_ids if q in now)
        heir, count = min(heirs.items(), key=lambda one: (-one[1], one[0]), default=("", 0))
        if count * 2 >= len(item.question_ids) and heir:
            level.gone[key] = heir
            level.events.append(("merged", key, heir))
        else:
            level.gone[key] = None
            level.events.append(("ended", key, None))


def _records(level: Matching, parents: Mapping[str, str], questions: Mapping[str, Question]) -> list[Topic]:
    """Return the topics of a level as records: those that go on, are new, and are gone."""
    last = max((item.asked_at for item in questions.values()), default=None)
    period = period_of([item.asked_at for item in questions.values()])
    stored = []
    for at, key in sorted(level.ids.items()):
        asked = [questions[q] for q in level.groups[at]]
        times = sorted(item.asked_at for item in asked)
        old = level.known.get(key)
        stored.append(
            Topic(
                id=key,
                label=old.label if old else "",
                area=old.area if old else "",
                description=old.description if old else "",
                naming=old.naming if old else "",
                keyphrases=old.keyphrases if old else (),
                parent=parents.get(key),
                question_ids=level.groups[at],
                authors=len({item.author for item in asked}),
                first_seen=times[0],
                last_seen=times[-1],
                state=state_of(times, last or times[-1], period),
                documents=old.documents if old else (),
            )
        )
    for key, heir in sorted(level.gone.items()):
        state = TopicState.MERGED if heir else TopicState.FADING
        update = {"question_ids": (), "state": state, "merged_into": heir, "parent": None, "authors": 0}
        stored.append(level.known[key].model_copy(update=update))
    return stored
