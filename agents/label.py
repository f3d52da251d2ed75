"""Name the topics and sort them into the areas of the profile. Only what changed is written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from threadlore.agents.context import AnalysisContext
from threadlore.agents.naming.areas import AreaModel, DescribedAreas, area_texts, fitted_areas
from threadlore.agents.naming.modelled import join_names, name_by_model
from threadlore.agents.naming.names import Naming, name_groups, name_themes
from threadlore.embedding import embed_cached
from threadlore.ids import digest
from threadlore.profile import Profile
from threadlore.seams import Embedder
from threadlore.types import Question, Topic, TopicState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHOD = "label-2"
"""Changes whenever the same questions would be labelled otherwise."""

STAGE = "label"


async def label_topics(context: AnalysisContext) -> dict[str, int]:
    """Store area, name and keyphrases of the topics and themes whose questions changed.

    A model names those whose first questions it has not seen as they are; while these stay, so does its
    name, and where it cannot, code has named them.

    Returns:
        How many were labelled, renamed, and left as they were, and what the model did.
    """
    records = context.records
    everything = await asyncio.to_thread(records.topics)
    alive = [item for item in everything if item.state is not TopicState.MERGED and item.question_ids]
    questions = {item.id: item for item in await asyncio.to_thread(records.questions)}
    fresh = {item.id: _input_hash(item, questions, context.profile) for item in alive}
    stale = [
        item
        for item in alive
        if not item.label or await asyncio.to_thread(records.stage_input, _stage(item.id)) != fresh[item.id]
    ]
    now = {item.id: item for item in alive}
    if stale:
        now = join_names(now, await _labelled(context, alive, stale, questions), questions)
    counts: dict[str, int] = {}
    if context.calls is not None:
        counts = await name_by_model(context, context.calls, now, questions)
    before = {item.id: item for item in everything}
    changed = [item for item in now.values() if item != before[item.id]]
    await asyncio.to_thread(records.save_topics, changed, [])
    for item in stale:
        await asyncio.to_thread(records.save_stage_input, _stage(item.id), fresh[item.id])
    renamed = sum(bool(before[item.id].label) and before[item.id].label != item.label for item in changed)
    return {"labelled": len(stale), "renamed": renamed, "unchanged": len(alive) - len(stale), **counts}


async def area_model(profile: Profile, embedder: Embedder) -> AreaModel:
    """Return what sorts texts into the areas of a profile: its fitted weights, else its descriptions."""
    import numpy as np

    fitted = fitted_areas(profile, embedder.model)
    if fitted is not None:
        return fitted
    texts = [area_texts(area) for area in profile.areas]
    vectors = await embedder.embed([text for group in texts for text in group])
    cuts = np.cumsum([len(group) for group in texts])[:-1]
    return DescribedAreas(
        tuple(area.name for area in profile.areas),
        tuple(area.keywords for area in profile.areas),
        tuple(np.split(vectors, cuts)),
    )


def _stage(topic_id: str) -> str:
    return f"{STAGE}:{topic_id}"


def _input_hash(topic: Topic, questions: Mapping[str, Question], profile: Profile) -> str:
    texts = [f"{key}:{questions[key].text}" for key in topic.question_ids if key in questions]
    areas = [area.model_dump_json() for area in profile.areas]
    return digest(METHOD, profile.name, *areas, "", *texts)


def _texts(topic: Topic, questions: Mapping[str, Question]) -> list[str]:
    return [questions[key].text for key in topic.question_ids if key in questions]


async def _labelled(
    context: AnalysisContext,
    alive: Sequence[Topic],
    stale: Sequence[Topic],
    questions: Mapping[str, Question],
) -> list[Topic]:
    """Return the stale topics with new labels; the larger ones choose their names first."""
    texts = {item.id: _texts(item, questions) for item in alive}
    embedder = context.embedder()
    model = await area_model(context.profile, embedder)
    wanted = sorted(
        (item for item in stale if texts[item.id]), key=lambda item: (-len(item.question_ids), item.id)
    )
    lines = [text for item in wanted for text in texts[item.id]]
    rows = await embed_cached(context.records, embedder, lines)
    vectors: dict[str, NDArray[np.float32]] = {}
    start = 0
    for item in wanted:
        vectors[item.id] = rows[start : start + len(texts[item.id])]
        start += len(texts[item.id])
    names = await asyncio.to_thread(_named, context.profile.product, alive, wanted, texts, vectors)
    found = []
    for item in wanted:
        shares = model.probabilities(vectors[item.id], texts[item.id]).mean(axis=0)
        update = {
            "area": model.areas[int(shares.argmax())],
            "label": names[item.id].label,
            "keyphrases": names[item.id].keyphrases,
        }
        found.append(item.model_copy(update=update))
    return found


def _named(
    product: str,
    alive: Sequence[Topic],
    wanted: Sequence[Topic],
    texts: Mapping[str, Sequence[str]],
    vectors: Mapping[str, NDArray[np.float32]],
) -> dict[str, Naming]:
    """Return names for topics first, then for themes, which are named after their topics."""
    parents = {item.parent for item in alive if item.parent}
    topics = {item.id: texts[item.id] for item in alive if item.id not in parents}
    earlier = {item.id: item.label for item in alive if item.label and item.id in topics}
    names = name_groups(topics, vectors, [item.id for item in wanted if item.id in topics], earlier, product)
    themes = [item.id for item in wanted if item.id in parents]
    if not themes:
        return names
    children: dict[str, list[tuple[str, Sequence[str]]]] = {key: [] for key in themes}
    for item in sorted(alive, key=lambda one: (-len(one.question_ids), one.id)):
        if item.parent in children:
            keyphrases = names[item.id].keyphrases if item.id in names else item.keyphrases
            children[item.parent].append((item.id, keyphrases))
    used = {item.label.lower() for item in alive if item.id in parents and item.id not in children}
    return names | name_themes(
        {key: texts[key] for key in sorted(filter(None, parents)) if key in texts}, children, used, product
    )
