"""Compose: the answer as every face shows it, from approved entries, tools and settled threads."""

from __future__ import annotations

from collections.abc import Mapping

from threadlore.agents.answering.decide import (
    first_entry,
    is_foreign,
    ranked_entries,
    surely_answered,
)
from threadlore.agents.answering.language import guess_language
from threadlore.agents.answering.related import related_threads
from threadlore.agents.answering.state import AnswerContext, AnswerState
from threadlore.commands import command_line
from threadlore.languages import language_name
from threadlore.prompts import load
from threadlore.seams import Answer, AnswerSource
from threadlore.tools.registry import Tool, ToolInputError, ToolResult, tools
from threadlore.tools.units import show_bytes, show_count
from threadlore.types import AppliesTo, FaqEntry

CLOSEST = 3
NOTES = 6
FEW_NOTES = 3
"""Reasons of a tool that an answer repeats, beside a whole summary and beside its core."""

_WHOLE_TEXTS = frozenset({"message", "question"})
_FLAGS = {
    ("hosted", False): "run by yourself",
    ("cloud_allowed", False): "not in a cloud",
    ("metric_only", True): "the metric alone",
}
"""Arguments that are yes or no, in words, where their name does not say it well."""


def applies_text(applies: AppliesTo) -> str:
    """Return the versions of an entry for a person; empty where it says nothing."""
    if applies.since and applies.until:
        return f"{applies.since} to {applies.until}"
    if applies.since:
        return f"{applies.since} and later"
    return f"up to {applies.until}" if applies.until else ""


def entry_sources(entry: FaqEntry) -> tuple[AnswerSource, ...]:
    """Return what an entry stands on: its documentation pages, then its quotes."""
    quotes = [
        AnswerSource(cited.kind, cited.url, cited.quote)
        for cited in entry.citations
        if cited.quote or cited.url
    ]
    return tuple(dict.fromkeys((*entry_pages(entry), *quotes)))


def entry_pages(entry: FaqEntry) -> tuple[AnswerSource, ...]:
    """Return the documentation pages of an entry."""
    return tuple(
        AnswerSource(f"{link.title} ({link.version})" if link.version else link.title, link.url)
        for link in entry.doc_links
    )


def _known_facts(arguments: Mapping[str, object]) -> str:
    """Return the arguments that were read, in words."""
    return ", ".join(_known_fact(name, value) for name, value in arguments.items())


def _known_fact(name: str, value: object) -> str:
    said = name.removesuffix("_bytes").removesuffix("_ms").replace("_", " ")
    if isinstance(value, bool):
        return _FLAGS.get((name, value)) or (said if value else f"no {said}")
    if isinstance(value, list | tuple):
        return f"{said} {', '.join(map(str, value))}"
    if isinstance(value, str) or not isinstance(value, int | float):
        return f"{said} {value}"
    if name.endswith("_bytes"):
        return f"{said} {show_bytes(value)}"
    written = {
        "vectors": f"{show_count(round(value))} vectors",
        "latency_ms": f"{said} {value:g} ms",
        "recall": f"{said} {100 * value:g}%",
        "filtered_out": f"{100 * value:g}% filtered out",
        "m": f"M {value}",
    }
    return written.get(name, f"{said} {value}")


def _answered(state: AnswerState, context: AnswerContext) -> Answer:
    entry = first_entry(state, context)
    if entry is None:
        return Answer("unknown", load("unknown").fill(product=context.profile.product), 0.0)
    foreign = is_foreign(state, context)
    return Answer(
        kind="answered",
        text=f"{_language_note(state, entry)}{entry.answer}" if foreign else entry.answer,
        confidence=state.foreign[0].likeness if foreign and state.foreign else state.ranking.confidence,
        entry_id=entry.id,
        sources=entry_sources(entry),
        applies_to=applies_text(entry.applies_to),
        checked=entry.checked_at.isoformat() if entry.checked_at else "",
        tool=entry.tools[0] if entry.tools else None,
        likeness=state.foreign[0].likeness if foreign and state.foreign else state.ranking.cosine,
    )


def _language_note(state: AnswerState, entry: FaqEntry) -> str:
    """Return the sentence that goes before an answer in another language than the question's."""
    written = guess_language(entry.answer)
    if written == state.language:
        return ""
    return load("answer_language").fill(language=language_name(written)) + "\n\n"


def _entry_of_tool(state: AnswerState, context: AnswerContext, tool: str) -> FaqEntry | None:
    """Return the nearest entry that names the tool: what a person may read beside the numbers."""
    return next((entry for entry in ranked_entries(state, context) if tool in entry.tools), None)


def _said_beside(state: AnswerState, context: AnswerContext) -> str:
    """Return how the entry begins that surely answers and names the tool: numbers alone explain nothing.

    The answer names the entry, where the rest stands.
    """
    entry = first_entry(state, context)
    if entry is None or state.tool not in entry.tools or not surely_answered(state, context):
        return ""
    return load("tool_entry").fill(question=entry.question, answer=entry.answer.split("\n\n")[0])


def _tool(state: AnswerState, context: AnswerContext) -> Answer:
    tool = tools()[state.tool or ""]
    try:
        found = tool.call(state.arguments)
    except ToolInputError as error:
        # Each argument was good by itself; together they are not.
        return Answer(
            "ask_back", f"{error.message} {error.hint}", 1.0, tool=tool.name, arguments=state.arguments
        )
    notes = "\n".join(f"- {one}" for one in found.reasons[: FEW_NOTES if found.brief else NOTES])
    given = given_text(tool, state.arguments)
    parts = (found.brief or found.summary, given, notes, _said_beside(state, context))
    source = load("tool_source").fill(tool=tool.name, version=found.facts_version)
    entry = _entry_of_tool(state, context, tool.name)
    return Answer(
        kind="tool",
        text="\n\n".join(part for part in (*parts, _whole(found, state)) if part),
        confidence=1.0,
        entry_id=entry.id if entry else None,
        sources=(AnswerSource(source, ""), *(entry_sources(entry) if entry else ())),
        checked=entry.checked_at.isoformat() if entry and entry.checked_at else "",
        tool=tool.name,
        arguments=state.arguments,
    )


def _whole(found: ToolResult, state: AnswerState) -> str:
    """Return the command that prints what a core leaves out, and the files; empty where nothing is."""
    if not found.brief:
        return ""
    command = command_line(state.tool or "", state.arguments)
    text = load("tool_whole").fill(command=command)
    if not found.documents:
        return text
    return f"{text} {load('tool_files').fill(files=', '.join(found.documents))}"


def given_text(tool: Tool, arguments: Mapping[str, object]) -> str:
    """Return what was read from the question and what was assumed; a text that was read whole goes unsaid."""
    read = {name: value for name, value in arguments.items() if name not in _WHOLE_TEXTS}
    parts = [load("tool_given").fill(given=_known_facts(read))] if read else []
    assumed = _known_facts(tool.assumed(arguments)) if read else ""
    if assumed:
        parts.append(load("tool_assumed").fill(assumed=assumed))
    return " ".join(parts)


def _ask_back(state: AnswerState, context: AnswerContext) -> Answer:
    tool = tools()[state.tool or ""]
    facts = _known_facts(state.arguments)
    known = load("ask_back_known").fill(facts=facts) + " " if facts else ""
    text = load("ask_back").fill(known=known, question=tool.question(state.missing))
    return Answer("ask_back", text, 1.0, tool=tool.name, arguments=state.arguments)


def _ask_between(state: AnswerState, context: AnswerContext) -> Answer:
    """Return a question back that names the entries that may be meant."""
    entries = [context.faq.entries[key] for key in state.between]
    choices = "\n".join(f"- {entry.question}" for entry in entries)
    text = load("ask_between").fill(choices=choices)
    return Answer("ask_back", text, 1.0, closest=tuple((entry.id, entry.question) for entry in entries))


def _handover(state: AnswerState, context: AnswerContext) -> Answer:
    places = "; ".join(f"{place.name} ({place.url})" for place in context.profile.handover)
    text = load("handover").fill(reason=state.reason, places=places or context.profile.community)
    return Answer("handover", text, state.ranking.confidence, closest=_closest(state, context))


def _closest(state: AnswerState, context: AnswerContext) -> tuple[tuple[str, str], ...]:
    return tuple((entry.id, entry.question) for entry in ranked_entries(state, context)[:CLOSEST])


async def _unknown(state: AnswerState, context: AnswerContext) -> Answer:
    """Return that nothing is known yet, with what is nearest; out of scope is what nobody asked before."""
    related = await related_threads(state, context)
    if state.kind == "out_of_scope" and not related:
        text = load("out_of_scope").fill(product=context.profile.product)
        return Answer("out_of_scope", text, state.ranking.confidence)
    return Answer(
        kind="unknown",
        text=load("unknown").fill(product=context.profile.product),
        confidence=state.ranking.confidence,
        closest=_closest(state, context),
        related=related,
    )


async def compose(state: AnswerState, context: AnswerContext) -> dict[str, object]:
    """Return the update of `answer` for the kind that was decided."""
    simple = {
        "answered": _answered,
        "tool": _tool,
        "ask_back": _ask_back,
        "ask_between": _ask_between,
        "handover": _handover,
    }
    if state.kind in simple:
        return {"answer": simple[state.kind](state, context)}
    return {"answer": await _unknown(state, context)}
