"""Tool results in entries are the tools' own: called again with the same arguments, and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from threadlore.errors import BadInput
from threadlore.ids import revision_id, tool_call_id
from threadlore.review import overruled
from threadlore.seams import ReviewDesk
from threadlore.tools.base import Tool, ToolInputError
from threadlore.tools.registry import find_tool
from threadlore.types import Citation, EntryState, FaqEntry, Revision, ToolCall

REASON = "a tool now says otherwise: "
"""How the reason of a review begins whose answer repeats what a tool said before its tables changed."""

_SHORT = 100


def call_tool(tool: Tool, arguments: Mapping[str, object]) -> ToolCall:
    """Return the record of a call of `tool` with plain values.

    Raises:
        ToolInputError: it refuses the arguments.
    """
    found = tool.call(arguments)
    canonical = json.dumps(arguments, sort_keys=True, default=str)
    return ToolCall(
        id=tool_call_id(tool.name, canonical),
        tool=tool.name,
        arguments=json.loads(canonical),
        result=json.loads(json.dumps(found.result, default=str)),
        summary=found.summary,
        facts_version=found.facts_version,
    )


def called_again(call: ToolCall) -> ToolCall:
    """Return what the tool of `call` says today for the same arguments.

    Raises:
        ToolInputError: there is no such tool any more, it refuses the arguments, or it reaches out to the
            network, where nothing that came in with a text may send it.
    """
    return called_by(find_tool(call.tool), call)


def called_by(tool: Tool, call: ToolCall) -> ToolCall:
    """Return what `tool` says for the arguments of `call`; raises as `called_again` does."""
    if not tool.pure:
        raise ToolInputError(
            f"{tool.name} reaches out to the network, and its result cannot be checked here.",
            "Take the call out of the entry.",
        )
    return call_tool(tool, call.arguments)


def own_results(entry: FaqEntry) -> FaqEntry:
    """Return an entry from outside with results that the tools gave here, whatever it claims they say.

    Raises:
        BadInput: a tool refuses its arguments, or the entry quotes what the tool does not say.
    """
    calls: dict[str, ToolCall] = {}
    for call in entry.tool_calls:
        try:
            calls[call.id] = called_again(call)
        except ToolInputError as error:
            raise BadInput(f"{entry.id} calls a tool: {error.message}", error.hint) from error
    citations = []
    for citation in entry.citations:
        made = calls.get(citation.source_id) if citation.kind == "tool" else None
        if made is not None and _squeezed(citation.quote) not in _squeezed(made.summary):
            raise BadInput(
                f"{entry.id} quotes {citation.quote[:_SHORT]!r}, which {made.tool} does not say.",
                f"`threadlore tool {made.tool}` says: {made.summary.splitlines()[0]}",
            )
        citations.append(citation.model_copy(update={"source_id": made.id}) if made else citation)
    return entry.model_copy(update={"tool_calls": tuple(calls.values()), "citations": tuple(citations)})


def recall_tools(desk: ReviewDesk, now: datetime) -> list[FaqEntry]:
    """Call the tools of all entries again; return the answers that repeat what a tool no longer says.

    A result that stands beside the answer is replaced. An approved answer that repeats it turns stale,
    with the answer as it would be now as a proposal; a draft is mended.
    """
    found, changed = [], []
    for entry in desk.entries():
        if entry.merged_into or entry.state is EntryState.REJECTED or not entry.tool_calls:
            continue
        mended = _recalled(entry, now)
        if mended != entry:
            changed.append(mended)
        if any(reason.startswith(REASON) for reason in mended.review_reasons):
            found.append(mended)
    desk.save_entries(changed)
    return found


@dataclass
class _Recall:
    """The calls of an entry as they are today, and what the answer says that they said before."""

    calls: dict[str, ToolCall] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)
    whole: bool = True
    """Whether `lines` give today's line for every one that changed."""


def _recalled(entry: FaqEntry, now: datetime) -> FaqEntry:
    recall = _Recall()
    for call in entry.tool_calls:
        _compare(entry, call, recall)
    current = tuple(recall.calls.get(call.id, call) for call in entry.tool_calls)
    if current == entry.tool_calls and not recall.said:
        return entry
    if not recall.said:
        return entry.model_copy(update={"tool_calls": current, "updated_at": now})
    reasons = [reason for reason in recall.said if not overruled(entry, reason)]
    answer, citations = _with_lines(entry.answer, entry.citations, recall.lines)
    if recall.whole and entry.state is EntryState.DRAFT:
        update = {"answer": answer, "citations": citations, "tool_calls": current, "updated_at": now}
        return entry.model_copy(update=update)
    if not reasons or set(reasons) <= set(entry.review_reasons):
        return entry
    proposals = entry.revisions
    key = revision_id(entry.id, answer, entry.question)
    if recall.whole and all(revision.id != key for revision in proposals):
        revision = Revision(
            id=key,
            question=entry.question,
            answer=answer,
            citations=citations,
            tool_calls=current,
            reason="; ".join(reasons),
            by="tools",
            at=now,
        )
        proposals = (*proposals, revision)
    stale = EntryState.STALE if entry.state is EntryState.APPROVED else entry.state
    kept = (reason for reason in entry.review_reasons if not reason.startswith(REASON))
    return entry.model_copy(
        update={
            "state": stale,
            "review_reasons": (*kept, *reasons),
            "revisions": proposals,
            "updated_at": now,
        }
    )


def _compare(entry: FaqEntry, call: ToolCall, recall: _Recall) -> None:
    """Call again, and note which lines of the old summary stand in the answer and are said no more."""
    before = _lines(call.summary)
    try:
        made = called_again(call)
    except ToolInputError as error:
        after: list[str] = []
        now = error.message
    else:
        recall.calls[call.id] = made.model_copy(update={"id": call.id})
        after, now = _lines(made.summary), made.summary.splitlines()[0]
    gone = [line for line in before if line not in after and _stands(line, entry)]
    if gone:
        recall.said.append(f"{REASON}{call.tool}: {now}")
        recall.whole = recall.whole and len(before) == len(after)
        recall.lines.update(zip(before, after, strict=False))


def _stands(line: str, entry: FaqEntry) -> bool:
    return line in entry.answer or any(line in _squeezed(one.quote) for one in entry.citations)


def _with_lines(
    answer: str, citations: Sequence[Citation], lines: Mapping[str, str]
) -> tuple[str, tuple[Citation, ...]]:
    for old in sorted(lines, key=len, reverse=True):
        answer = answer.replace(old, lines[old])
    mended = [
        one.model_copy(update={"quote": lines.get(one.quote, one.quote)}) if one.kind == "tool" else one
        for one in citations
    ]
    return answer, tuple(mended)


def _lines(summary: str) -> list[str]:
    return [line.strip().removeprefix("- ") for line in summary.split("\n") if line.strip()]


def _squeezed(text: str) -> str:
    return " ".join(" ".join(_plain(text.split("\n"))).split())


def _plain(lines: Iterable[str]) -> Iterable[str]:
    return (line.strip().removeprefix("- ") for line in lines)
