"""Puts drafts beside what the FAQ already has: never a double, and never over a person's head."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from threadlore.agents.contesting import ANSWERS_DIFFER, both_answers
from threadlore.agents.context import AnalysisContext
from threadlore.agents.falling_back import FELL_BACK
from threadlore.agents.links import rank_texts, surely
from threadlore.agents.matching.faq import answerable
from threadlore.agents.matching.wordings import WordingIndex, wordings
from threadlore.agents.relating import Relations, relate
from threadlore.agents.revising import BY, contradicts, revision_of
from threadlore.calls import EntryTrail
from threadlore.embedding import embed_cached
from threadlore.errors import Retry
from threadlore.faq_files import normal_question
from threadlore.types import EntryOrigin, EntryState, FaqEntry, TopicState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAME_QUESTION = 0.86
"""Cosine from which two wordings ask the same (all-MiniLM-L6-v2)."""

MAY_BE_SAME = 0.55
"""Cosine from which a model is asked whether two wordings ask the same."""

TURNS = 5
"""How often drafts are placed anew because a person changed the FAQ meanwhile."""

CONTESTS = "a run found threads that say something else"


@dataclass(frozen=True, slots=True)
class _Beside:
    """What was found out of drafts and entries before anything is placed."""

    vectors: Mapping[str, NDArray[np.float32]]
    answers: Mapping[str, str]
    relations: Relations


@dataclass(slots=True)
class _Shelf:
    """The FAQ while drafts are put into it."""

    entries: dict[str, FaqEntry]
    final_topic: dict[str, str]
    index: WordingIndex
    answers: Mapping[str, str]
    """By draft the entry that surely answers its question."""
    relations: Relations
    placed: dict[str, str] = field(default_factory=dict)
    """By draft the entry that it became, or that it was put to."""
    changed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for entry in self.entries.values():
            self.index.put(entry, None)

    def put(self, entry: FaqEntry) -> None:
        before = self.entries.get(entry.id)
        if before != entry:
            self.index.put(entry, before)
            self.entries[entry.id] = entry
            self.changed.add(entry.id)


async def merge_entries(
    context: AnalysisContext, entries: Sequence[FaqEntry], trails: Sequence[EntryTrail] = ()
) -> dict[str, int]:
    """Store new drafts, renew drafts that nobody touched, and propose revisions of everything else.

    Rejected entries stay rejected. A proposal that was made before, whatever became of it, is not made
    again. Counts: new, renewed, proposed, unchanged, rejected, and what was compared without the model.
    """
    if not entries:
        return {}
    known = context.records.entries()
    texts = sorted({text for entry in [*known, *entries] for text in wordings(entry)})
    matrix = await embed_cached(context.records, context.embedder(), texts)
    vectors = dict(zip(texts, matrix, strict=True))
    answers = await _answers(context, known, entries)
    candidates = _candidates(vectors, known, entries, answers) if context.calls else {}
    beside = _Beside(vectors, answers, await relate(context, entries, candidates))
    counts, placed = await asyncio.to_thread(_merge, context, entries, beside)
    if beside.relations.failed:
        counts[FELL_BACK] = beside.relations.failed
    kept = [
        trail.model_copy(update={"entry_id": placed.get(trail.entry_id, trail.entry_id)}) for trail in trails
    ]
    await asyncio.to_thread(context.records.save_trails, kept)
    return counts


def _candidates(
    vectors: Mapping[str, NDArray[np.float32]],
    known: Sequence[FaqEntry],
    drafts: Sequence[FaqEntry],
    answers: Mapping[str, str],
) -> dict[str, list[FaqEntry]]:
    """Return by draft the entries that may ask the same, likeliest first, where no id says so already."""
    ids = {entry.id for entry in known}
    linked = {key for entry in known for key in entry.question_ids}
    fresh = [one for one in drafts if one.id not in ids and not linked & set(one.question_ids)]
    index = WordingIndex(vectors, (draft.question for draft in fresh), MAY_BE_SAME)
    pool = {entry.id: entry for entry in [*drafts, *known]}
    for entry in pool.values():
        index.put(entry, None)
    found: dict[str, list[FaqEntry]] = {}
    for draft in fresh:
        near = index.like(draft.question)
        near |= {key: 1.0 for key in [answers.get(draft.id, "")] if key in pool}
        # Of two drafts the later one is put to the earlier.
        usable = [key for key in near if key in ids or key < draft.id]
        found[draft.id] = [pool[key] for key in sorted(usable, key=lambda key: (-near[key], key))]
    return found


def _merge(
    context: AnalysisContext, drafts: Sequence[FaqEntry], beside: _Beside
) -> tuple[dict[str, int], dict[str, str]]:
    """Place the drafts beside the entries as they are now, and store what changed.

    Returns what was counted, and by draft the entry that it became.

    Entries are read here, after everything slow, and once more before they are stored: when a person
    changed one of them in between, the drafts are placed again.
    """
    for _ in range(TURNS):
        before = {entry.id: entry for entry in context.records.entries()}
        index = WordingIndex(beside.vectors, (draft.question for draft in drafts), SAME_QUESTION)
        shelf = _Shelf(dict(before), _final_topics(context), index, beside.answers, beside.relations)
        counts: Counter[str] = Counter()
        for draft in sorted(drafts, key=lambda entry: entry.id):
            counts[_place(shelf, draft, context)] += 1
        _retire(shelf, context)
        changed = sorted(shelf.changed)
        with context.records.transaction():
            now = {entry.id: entry for entry in context.records.entries()}
            if all(now.get(key) == before.get(key) for key in changed):
                context.records.save_entries([shelf.entries[key] for key in changed])
                return dict(counts), shelf.placed
    raise Retry("The FAQ changed each time while drafts were put into it.", "Run `threadlore analyze` again.")


async def _answers(
    context: AnalysisContext, known: Sequence[FaqEntry], drafts: Sequence[FaqEntry]
) -> dict[str, str]:
    """Return by draft the approved entry that surely answers its question, where no link says so."""
    linked = {key for entry in known if touched_by_person(entry) for key in entry.question_ids}
    asked = [draft for draft in drafts if not linked & set(draft.question_ids)]
    if not asked:
        return {}
    ranked = await rank_texts(context, answerable(known), [draft.question for draft in asked])
    found = {draft.id: surely(ranking) for draft, ranking in zip(asked, ranked, strict=False)}
    return {draft: entry for draft, entry in found.items() if entry}


def touched_by_person(entry: FaqEntry) -> bool:
    """Return whether a person wrote, approved or edited an entry: then a run may only propose."""
    return (
        entry.state in (EntryState.APPROVED, EntryState.STALE)
        or entry.origin is not EntryOrigin.MINED
        or any(revision.state == "accepted" for revision in entry.revisions)
    )


def _place(shelf: _Shelf, draft: FaqEntry, context: AnalysisContext) -> str:
    target = _same(shelf, draft)
    shelf.placed[draft.id] = target.id if target else draft.id
    if target is None:
        shelf.put(draft)
        return "new"
    if target.state is EntryState.REJECTED:
        return "rejected"
    if draft.id in shelf.relations.contested:
        draft = _with_both(target, draft)
    if touched_by_person(target):
        return _propose(shelf, target, draft, context)
    if target.id != draft.id and not set(target.question_ids) & set(draft.question_ids):
        # Two topics ask the same: the entry with more askers stays, the other one's wordings join it.
        draft = _joined(target, draft)
    renewed = draft.model_copy(
        update={
            "id": target.id,
            "created_at": target.created_at,
            "revisions": target.revisions,
            "updated_at": target.updated_at,
        }
    )
    if renewed == target:
        return "unchanged"
    shelf.put(renewed.model_copy(update={"updated_at": context.now}))
    return "renewed"


def _same(shelf: _Shelf, draft: FaqEntry) -> FaqEntry | None:
    """Return the entry that `draft` is about: by id, by the questions they share, or by wording."""
    by_id = shelf.entries.get(draft.id)
    if by_id is not None:
        return _winner(shelf, by_id)
    shared = shelf.index.sharing(set(draft.question_ids))
    sharing = [
        (count, shelf.entries[key])
        for key, count in shared.items()
        if 2 * count >= min(len(set(draft.question_ids)), len(shelf.entries[key].question_ids))
    ]
    if sharing:
        _, best = max(sharing, key=lambda pair: (touched_by_person(pair[1]), pair[0], pair[1].id))
        return _winner(shelf, best)
    if draft.id in shelf.relations.asked:
        return _as_decided(shelf, draft)
    return _by_question(shelf, draft) or shelf.entries.get(shelf.answers.get(draft.id, ""))


def _as_decided(shelf: _Shelf, draft: FaqEntry) -> FaqEntry | None:
    """Return the entry that a model put `draft` to; the same letters are the same question in any case."""
    key = shelf.relations.same.get(draft.id, "")
    chosen = shelf.entries.get(shelf.placed.get(key, key))
    same = [key for key, near in shelf.index.like(draft.question).items() if near == 1.0]
    chosen = chosen or (shelf.entries[min(same)] if same else None)
    return _winner(shelf, chosen) if chosen else None


def _with_both(target: FaqEntry, draft: FaqEntry) -> FaqEntry:
    """Return `draft` with the answers of both, where each cites; contested in any case."""
    update: dict[str, object] = {
        "contested": True,
        "review_reasons": _union(draft.review_reasons, (ANSWERS_DIFFER,)),
    }
    both = both_answers(target, draft)
    if both:
        answer, citations = both
        update |= {"answer": answer, "citations": citations, "core": tuple(range(len(citations)))}
    return draft.model_copy(update=update)


def _winner(shelf: _Shelf, entry: FaqEntry) -> FaqEntry:
    seen = set()
    while entry.merged_into and entry.merged_into in shelf.entries and entry.id not in seen:
        seen.add(entry.id)
        entry = shelf.entries[entry.merged_into]
    return entry


def _by_question(shelf: _Shelf, draft: FaqEntry) -> FaqEntry | None:
    like = shelf.index.like(draft.question)
    best = max(((near, key) for key, near in like.items()), default=None)
    return shelf.entries[best[1]] if best else None


def _propose(shelf: _Shelf, target: FaqEntry, draft: FaqEntry, context: AnalysisContext) -> str:
    """Propose to a person what `draft` knows more than `target`."""
    known = target.model_copy(update={"question_ids": _union(target.question_ids, draft.question_ids)})
    revision = revision_of(target, draft, context.now)
    if revision is None or any(old.id == revision.id for old in target.revisions):
        shelf.put(known)
        return "unchanged"
    pending = tuple(old for old in target.revisions if not (old.state == "proposed" and old.by == BY))
    contested = target.contested or draft.contested or contradicts(target, draft)
    reasons = _union(target.review_reasons, (CONTESTS,) if contested and not target.contested else ())
    shelf.put(
        known.model_copy(
            update={
                "revisions": (*pending, revision),
                "contested": contested,
                "review_reasons": reasons,
                "updated_at": context.now,
            }
        )
    )
    return "proposed"


def _joined(target: FaqEntry, draft: FaqEntry) -> FaqEntry:
    # A draft that shows both answers holds the other one already.
    whole = ANSWERS_DIFFER in draft.review_reasons or len(draft.question_ids) > len(target.question_ids)
    more, less = (draft, target) if whole else (target, draft)
    known = {normal_question(more.question)}
    fresh = [text for text in [*more.paraphrases, *wordings(less)] if normal_question(text) not in known]
    return more.model_copy(
        update={
            "paraphrases": tuple(dict.fromkeys(fresh))[:12],
            "question_ids": _union(more.question_ids, less.question_ids),
        }
    )


def _retire(shelf: _Shelf, context: AnalysisContext) -> None:
    """Point drafts of merged topics, which nobody touched, to the entry of the topic that took over."""
    for entry in list(shelf.entries.values()):
        final = shelf.final_topic.get(entry.topic_id or "")
        if not final or touched_by_person(entry) or entry.state is not EntryState.DRAFT or entry.merged_into:
            continue
        heirs = [
            other for other in shelf.entries.values() if other.topic_id == final and other.id != entry.id
        ]
        if heirs:
            heir = _winner(shelf, min(heirs, key=lambda other: other.id))
            shelf.put(entry.model_copy(update={"merged_into": heir.id, "updated_at": context.now}))


def _final_topics(context: AnalysisContext) -> dict[str, str]:
    """Return for each merged topic the living one that took its place."""
    merged = {
        topic.id: topic.merged_into
        for topic in context.records.topics()
        if topic.state is TopicState.MERGED and topic.merged_into
    }
    final = {}
    for topic, heir in merged.items():
        seen = {topic}
        while heir in merged and heir not in seen:
            seen.add(heir)
            heir = merged[heir]
        final[topic] = heir
    return final


def _union(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*first, *second]))
