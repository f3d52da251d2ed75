"""What a draft knows more than an entry that a person stands for: proposed, never written over it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from threadlore.agents.drafting.composing import differ
from threadlore.agents.drafting.quantities import quantities_of
from threadlore.agents.drafting.sentences import one_line
from threadlore.agents.drafting.wording import overlap, words_of
from threadlore.agents.grounding.citations import citation_marks, quote_found, renumber
from threadlore.agents.grounding.claims import missing_claims
from threadlore.agents.matching.wordings import wordings
from threadlore.faq_files import normal_question
from threadlore.ids import revision_id
from threadlore.types import EntryOrigin, FaqEntry, Revision

KNOWN = 0.5
"""Share of a sentence's words in an entry below which the sentence is news."""

SAID = 0.7
"""Share of a sentence's words in an entry from which the entry says it already."""

BY = "analysis"
"""Who proposes."""


def revision_of(target: FaqEntry, draft: FaqEntry, now: datetime) -> Revision | None:
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
        by=BY,
        at=now,
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


def contradicts(target: FaqEntry, draft: FaqEntry) -> bool:
    """Return whether a cited sentence of `draft` says something else than a sentence of `target`."""
    ours = [text for text, _ in citation_marks(target.answer)]
    theirs = [text for text, marks in citation_marks(draft.answer) if marks]
    return any(differ(one, other) for one in ours for other in theirs)
