"""What an entry's page shows below its answer: tool results, quoted sources, documentation."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import JsonValue

from threadlore.bundle import EntryView, SourceLine
from threadlore.commands import command_line
from threadlore.publish.answers import render_answer
from threadlore.publish.markdown import Markdown, cell, code, link, quote, shorten
from threadlore.publish.words import day
from threadlore.types import FaqEntry, ToolCall

_ROLES = {"maintainer": "A maintainer", "helper": "A helper", "bot": "A bot", "member": "A member"}


@dataclass(frozen=True, slots=True)
class ToolResultView:
    """A tool result for an asker's case, and the commands that make it again."""

    summary: Markdown
    arguments: tuple[tuple[Markdown, Markdown], ...]
    command: Markdown
    help: Markdown
    facts: Markdown


@dataclass(frozen=True, slots=True)
class QuotedSource:
    """One source: a block quote of all that is quoted from it, and a line that says where it stands."""

    quoted: Markdown
    origin: Markdown


def tool_results(entry: FaqEntry) -> list[ToolResultView]:
    """Return the tool calls of an entry, then its tools that were not called yet."""
    apart = told_apart(entry)
    cited = {one.source_id for one in entry.citations} - set(apart)
    called = [_result(call, told=call.id in cited) for call in entry.tool_calls]
    names = {call.tool for call in entry.tool_calls}
    return called + [
        ToolResultView(Markdown(), (), Markdown(), code(f"threadlore tool {tool} --help"), Markdown())
        for tool in entry.tools
        if tool not in names
    ]


def told_apart(entry: FaqEntry) -> dict[str, str]:
    """Return by tool call the paragraph of the answer that repeats its summary line by line.

    A page shows such a result in its own section, as the tool lays it out.
    """
    found = {}
    for call in entry.tool_calls:
        lines = [
            f"{one.quote} [{mark}]" for mark, one in enumerate(entry.citations, 1) if one.source_id == call.id
        ]
        if lines and " ".join(lines) in entry.answer.split("\n\n"):
            found[call.id] = " ".join(lines)
    return found


def answer_text(entry: FaqEntry) -> str:
    """Return the answer without what is shown as a tool result."""
    apart = set(told_apart(entry).values())
    return "\n\n".join(part for part in entry.answer.split("\n\n") if part not in apart)


def _result(call: ToolCall, *, told: bool) -> ToolResultView:
    """Return the view of a call; its summary is not repeated when the answer has told it."""
    arguments = tuple(
        (cell(name.replace("_", " ")), cell(_shown(value))) for name, value in call.arguments.items()
    )
    return ToolResultView(
        summary=Markdown() if told else render_answer(call.summary),
        arguments=arguments,
        command=code(command_line(call.tool, call.arguments)),
        help=code(f"threadlore tool {call.tool} --help"),
        facts=cell(call.facts_version),
    )


def _shown(value: JsonValue) -> str:
    if isinstance(value, bool) or value is None:
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def sources(view: EntryView) -> list[QuotedSource]:
    """Return the sources of an entry, each once, in the order of its citations.

    Marks in the answer such as [2] count citations from 1; each quote carries its mark.
    """
    place = {(one.source_id, one.quote): mark for mark, one in enumerate(view.entry.citations, 1)}
    lines: dict[str, list[SourceLine]] = {}
    for line in view.sources:
        lines.setdefault(line.citation.source_id, []).append(line)
    apart = told_apart(view.entry)
    calls = {call.id: call for call in view.entry.tool_calls}
    found = []
    for source, quoted in lines.items():
        texts = list(dict.fromkeys(line.citation.quote for line in quoted if line.citation.quote.strip()))
        call = calls.get(source)
        if source in apart:
            continue
        if call:
            told = " ".join(_mark(place.get((source, text))) for text in texts)
            found.append(QuotedSource(Markdown(), Markdown(f"{told} {_call_origin(call)}".strip())))
        elif texts:
            quotes = [_marked(quote(text), place.get((source, text))) for text in texts]
            found.append(QuotedSource(Markdown("\n>\n".join(quotes)), _origin(quoted[0])))
    return found


def _mark(number: int | None) -> str:
    return f"\\[{number}\\]" if number else ""


def _marked(quoted: Markdown, number: int | None) -> str:
    """Return a block quote with its mark at the end, on a line of its own after code."""
    if not number:
        return quoted
    return (
        f"{quoted}\n>\n> {_mark(number)}"
        if quoted.rstrip("> \n").endswith("```")
        else f"{quoted} {_mark(number)}"
    )


def _call_origin(call: ToolCall) -> Markdown:
    facts = f", with {cell(call.facts_version)}" if call.facts_version else ""
    return Markdown(f"Computed from the numbers above by {code(f'threadlore tool {call.tool}')}{facts}")


def _origin(line: SourceLine) -> Markdown:
    url = next(iter([line.citation.url]), "")
    title = shorten(line.title, 100)
    if line.citation.kind == "document":
        version = cell(f" {line.version}") if line.version else ""
        return Markdown(f"Documentation{' ' if version else ''}{version}: {link(title or 'the page', url)}")
    who = _ROLES.get(line.by, "A member")
    when = f", {day(line.at)}" if line.at else ""
    place = link(title or "the message", url) if url or title else ""
    return Markdown(f"{who}{when}{', in ' if title and place else ', ' if place else ''}{place}")


def asked_in(view: EntryView) -> list[Markdown]:
    """Return links to the threads in which members asked this, newest first, with their days.

    Threads that the sources quote already are left out.
    """
    quoted = {line.title for line in view.sources if line.title}
    places = [one for one in view.asked if one.title not in quoted]
    titles = [shorten(one.question.text, 100) for one in places]
    return [
        Markdown(f"{link(title, one.url)}, {day(one.question.asked_at.date())}")
        for title, one in zip(titles, places, strict=True)
    ]


def documentation(entry: FaqEntry) -> list[Markdown]:
    """Return links to the documentation pages of an entry, with the version they describe."""
    found = []
    for page in dict.fromkeys(entry.doc_links):
        version = f" ({cell(page.version)})" if page.version else ""
        found.append(Markdown(f"{link(page.title or page.url, page.url)}{version}"))
    return found
