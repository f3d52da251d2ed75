"""Puts drafts beside what the FAQ already has: never a double, and never over a person's head."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.composing import differ
from threadlore.agents.drafting.quantities import quantities_of
from threadlore.agents.drafting.sentences import one_line
from threadlore.agents.drafting.wording import overlap, words_of
from threadlore.agents.grounding.citations import citation_marks, quote_found, renumber
from threadlore.agents.grounding.claims import missing_claims
from threadlore.agents.links import rank_texts, surely
from threadlore.agents.matching.faq import answerable
from threadlore.agents.matching.wordings import WordingIndex, wordings
from threadlore.embedding import embed_cached
from threadlore.errors import Retry
from threadlore.faq_files import normal_question
from threadlore.ids import revision_id
from threadlore.types import EntryOrigin, EntryState, FaqEntry, Revision, TopicState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAME_QUESTION = 0.86
"""Cosine from which two wordings ask the same (all-MiniLM-L6-v2)."""

KNOWN = 0.5
"""Share of a sentence's words in an entry below which the sentence is news."""

SAID = 0.7
"""Share of a sentence's words in an entry from which the entry says it already."""

TURNS = 5
"""How often drafts are placed anew because a person changed the FAQ meanwhile."""

CONTESTS = "a run found threads that say something else"
_BY = "analysis"


@dataclass(slots=True)
class _Shelf:
    """The FAQ while drafts are put into it."""

    entries: dict[str, FaqEntry]
    final_topic: dict[str, str]
    index: WordingIndex
    answers: Mapping[str, str]
    """By draft the entry that surely answers its question."""
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


async def merge_entries(context: AnalysisContext, entries: Sequence[FaqEntry]) -> dict[str, int]:
    """Store new drafts, renew drafts that nobody touched, and propose revisions of everything else.

    Rejected entries stay rejected. A proposal that was made before, whatever became of it, is not made
    again. Counts: new, renewed, proposed, unchanged, rejected.
    """
    if not entries:
        return {}
    known = context.records.entries()
    texts = sorted({text for entry in [*known, *entries] for text in wordings(entry)})
    matrix = await embed_cached(context.records, context.embedder(), texts)
    vectors = dict(zip(texts, matrix, strict=True))
    answers = await _answers(context, known, entries)
    return await asyncio.to_thread(_merge, context, entries, vectors, answers)


def _merge(
    context: AnalysisContext,
    drafts: Sequence[FaqEntry],
    vectors: dict[str, NDArray[np.float32]],
    answers: Mapping[str, str],
) -> dict[str, int]:
    """Place the drafts beside the entries as they are now, and store what changed.

    Entries are read here, after everything slow, and once more before they are stored: when a person
    changed one of them in between, the drafts are placed again.
    """
    for _ in range(TURNS):
        before = {entry.id: entry for entry in context.records.entries()}
        index = WordingIndex(vectors, (draft.question for draft in drafts), SAME_QUESTION)
        shelf = _Shelf(dict(before), _final_topics(context), index, answers)
        counts: Counter[str] = Counter()
        for draft in sorted(drafts, key=lambda entry: entry.id):
            counts[_place(shelf, draft, context)] += 1
        _retire(shelf, context)
        changed = sorted(shelf.changed)
        now = {entry.id: entry for entry in context.records.entries()}
        if all(now.get(key) == before.get(key) for key in changed):
            context.records.save_entries([shelf.entries[key] for key in changed])
            return dict(counts)
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
    if target is None:
        shelf.put(draft)
        return "new"
    if target.state is EntryState.REJECTED:
        return "rejected"
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
    return _by_question(shelf, draft) or shelf.entries.get(shelf.answers.get(draft.id, ""))


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
    revision = _revision(target, draft, context)
    if revision is None or any(old.id == revision.id for old in target.revisions):
        shelf.put(known)
        return "unchanged"
    pending = tuple(old for old in target.revisions if not (old.state == "proposed" and old.by == _BY))
    contested = target.contested or draft.contested or _contradicts(target, draft)
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


def _revision(target: FaqEntry, draft: FaqEntry, context: AnalysisContext) -> Revision | None:
    """Return what to propose: the new draft where a run wrote the entry, else its new sentences added."""
    used = _news(target, draft)
    if not used:
        return None
    edited = target.origin is not EntryOrigin.MINED or any(r.state == "accepted" for r in target.revisions)
    if not edited:
        answer, citations, calls = draft.answer, draft.citations, draft.tool_calls
    else:
        base = len(target.citations)
        added = _only(draft, used)
        answer = f"{target.answer}\n\n{_shifted(added.answer, base, len(added.citations))}"
        citations = (*target.citations, *added.citations)
        calls = target.tool_calls
    known = {normal_question(text) for text in wordings(target)}
    fresh = [text for text in wordings(draft) if normal_question(text) not in known]
    asked = f"{len(draft.question_ids)} questions ask this"
    return Revision(
        id=revision_id(target.id, answer, target.question),
        question=target.question,
        answer=answer,
        paraphrases=tuple(fresh[:8]),
        citations=citations,
        tool_calls=calls,
        reason=" ".join([asked + "; their threads say more.", *draft.review_reasons]),
        by=_BY,
        at=context.now,
    )


def _news(target: FaqEntry, draft: FaqEntry) -> list[int]:
    """Return indexes of the draft's citations that tell what `target` does not.

    A tool's result and sums for one asker's numbers are one case and no news. To an entry that a
    person wrote only other words are news, or a number, a name or a command that it does not hold.
    """
    quotes = {one_line(citation.quote).casefold() for citation in target.citations}
    held = "\n".join((*wordings(target), target.answer))
    written = target.origin is not EntryOrigin.MINED
    return [
        at
        for at, citation in enumerate(draft.citations)
        if citation.kind != "tool"
        and one_line(citation.quote).casefold() not in quotes
        and not quote_found(citation.quote.casefold(), held.casefold())
        and not (written and (quantities_of(citation.quote) or not _tells_more(citation.quote, held)))
    ]


def _tells_more(quote: str, held: str) -> bool:
    said = overlap(words_of(quote), held)
    return said < KNOWN or (said < SAID and bool(missing_claims(quote, held)))


def _only(draft: FaqEntry, used: Sequence[int]) -> FaqEntry:
    """Return `draft` with the sentences of the citations `used` alone, as paragraphs."""
    wanted = set(used)
    kept = [
        f"{text} " + "".join(f"[{mark + 1}]" for mark in marks)
        for text, marks in citation_marks(draft.answer)
        if marks and wanted.issuperset(marks) and "\n" not in text
    ]
    marks = sorted({mark for text, marks in citation_marks("\n\n".join(kept)) for mark in marks})
    return draft.model_copy(
        update={
            "answer": renumber("\n\n".join(kept), marks),
            "citations": tuple(draft.citations[at] for at in marks),
        }
    )


def _shifted(answer: str, by: int, count: int) -> str:
    """Return `answer` with its marks 1..count counted on from `by`."""
    places = [-1] * by + list(range(count))
    return renumber(answer, places)


def _contradicts(target: FaqEntry, draft: FaqEntry) -> bool:
    ours = [text for text, _ in citation_marks(target.answer)]
    theirs = [text for text, marks in citation_marks(draft.answer) if marks]
    return any(differ(one, other) for one in ours for other in theirs)


def _joined(target: FaqEntry, draft: FaqEntry) -> FaqEntry:
    more, less = (draft, target) if len(draft.question_ids) > len(target.question_ids) else (target, draft)
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
