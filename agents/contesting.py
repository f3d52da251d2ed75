"""Two answers that cannot both be true: both are shown with their dates and versions, never averaged."""

from __future__ import annotations

from threadlore.agents.drafting.wording import as_sentence
from threadlore.agents.grounding.citations import CONTESTED_NOTE, citation_marks
from threadlore.types import Citation, FaqEntry

ANSWERS_DIFFER = "two answers differ: each stands with its date"


def both_answers(older: FaqEntry, newer: FaqEntry) -> tuple[str, tuple[Citation, ...]] | None:
    """Return an answer with the core of both, and its citations; None where one of them cites nothing."""
    if CONTESTED_NOTE in older.answer or CONTESTED_NOTE in newer.answer:
        return None
    items: list[str] = []
    citations: list[Citation] = []
    for entry in sorted((older, newer), key=_day, reverse=True):
        core = _core(entry)
        if core is None:
            return None
        text, cited = core
        marks = "".join(f"[{len(citations) + number}]" for number in range(1, len(cited) + 1))
        citations += cited
        told = ", ".join(part for part in (_day(entry), _versions(entry)) if part)
        items.append(f"- {told}: {as_sentence(text)} {marks}" if told else f"- {as_sentence(text)} {marks}")
    return "\n\n".join([CONTESTED_NOTE, "\n".join(items)]), tuple(citations)


def _core(entry: FaqEntry) -> tuple[str, list[Citation]] | None:
    """Return the sentence that an answer rests on, with its citations."""
    stated = [(text, marks) for text, marks in citation_marks(entry.answer) if marks and "\n" not in text]
    stated = [(text, marks) for text, marks in stated if max(marks) < len(entry.citations)]
    if not stated:
        return None
    text, marks = next((one for one in stated if set(one[1]) & set(entry.core)), stated[0])
    return text, [entry.citations[mark] for mark in marks]


def _day(entry: FaqEntry) -> str:
    return entry.applies_to.last_date.isoformat() if entry.applies_to.last_date else ""


def _versions(entry: FaqEntry) -> str:
    since, until = entry.applies_to.since, entry.applies_to.until
    named = list(dict.fromkeys(version for version in (since, until) if version))
    return f"version {' to '.join(named)}" if named else ""
