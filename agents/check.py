"""Checks drafts by code: what has no evidence is cut, and what aged goes to review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from threadlore.agents.context import AnalysisContext
from threadlore.agents.grounding.citations import SourceText, renumber, verify_answer
from threadlore.agents.grounding.facts import check_facts, fact_reason
from threadlore.types import AppliesTo, FaqEntry, ToolCall


async def check_entries(context: AnalysisContext, entries: Sequence[FaqEntry]) -> list[FaqEntry]:
    """Return `entries` with what fails cut, and with the reasons why a person must look.

    An entry of which no sentence is left is dropped.
    """
    checked = []
    for entry in entries:
        verified = check_entry(context, entry)
        if verified:
            checked.append(verified)
    return checked


def check_entry(context: AnalysisContext, entry: FaqEntry) -> FaqEntry | None:
    """Return one entry as it stands after the check; None when nothing of it stands."""
    verdict = verify_answer(entry.answer, entry.citations, entry_sources(context, entry))
    reasons = list(entry.review_reasons)
    reasons += [f"cut: {finding.reason}: {_short(finding.unit)}" for finding in verdict.findings]
    if not verdict.used:
        return None
    lost = [at for at in entry.core if at not in verdict.used]
    if lost:
        reasons.append("the core of the answer was cut")
    text = f"{entry.question}\n\n{verdict.answer}"
    # A draft's versions are those of its threads; only a person limits what it is true for.
    reasons += [fact_reason(fact) for fact in check_facts(context.profile, text, AppliesTo())]
    places = {old: new for new, old in enumerate(verdict.used)}
    return entry.model_copy(
        update={
            "answer": renumber(verdict.answer, verdict.used),
            "citations": tuple(entry.citations[at] for at in verdict.used),
            "core": tuple(places[at] for at in entry.core if at in places),
            "review_reasons": _once(reasons),
        }
    )


def entry_sources(context: AnalysisContext, entry: FaqEntry) -> dict[str, SourceText]:
    """Return the text of everything that an entry cites, with what the program knows of it."""
    records = context.records
    versions: dict[str, set[str]] = {}
    for question in records.questions(list(entry.question_ids)):
        for key in question.resolution:
            versions.setdefault(key, set()).update(question.facts.versions)
    wanted = {kind: _ids(entry, kind) for kind in ("message", "document")}
    sources = {
        message.id: SourceText(
            message.text, f"{message.created_at.date()} {' '.join(sorted(versions.get(message.id, ())))}"
        )
        for message in records.messages(wanted["message"])
    }
    for document in records.documents(wanted["document"]):
        known = f"{document.title} {document.heading} {document.version}"
        sources[document.id] = SourceText(document.text, known)
    sources.update({call.id: SourceText(tool_text(call)) for call in entry.tool_calls})
    return sources


def tool_text(call: ToolCall) -> str:
    """Return everything that a tool call says, as evidence: summary, arguments and result."""
    return "\n".join([call.summary, *_flat(call.arguments), *_flat(call.result)])


def _flat(value: object, name: str = "") -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner, name)
    else:
        yield f"{name} {value}"


def _ids(entry: FaqEntry, kind: str) -> list[str]:
    return sorted({citation.source_id for citation in entry.citations if citation.kind == kind})


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:77]}..."


def _once(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reasons))
