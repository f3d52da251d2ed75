"""The texts that an entry cites, with what the program knows of each."""

from __future__ import annotations

from collections.abc import Iterable

from threadlore.agents.context import AnalysisContext
from threadlore.agents.grounding.citations import SourceText
from threadlore.types import FaqEntry, ToolCall


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
