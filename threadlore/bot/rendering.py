"""An answer as cards and buttons. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from threadlore.bot import limits
from threadlore.bot.cards import Button, Card, Field, Reply, fitted_cards
from threadlore.bot.custom_ids import ButtonName, entry_key
from threadlore.bot.plain import link, plain, safe_url
from threadlore.helpdesk import Tally, text_digest
from threadlore.seams import Answer, AnswerSource, RelatedThread
from threadlore.tools.base import ToolResult
from threadlore.types import FaqEntry

HELPFUL, NOT_HELPFUL, SOURCES, PERSON, COMPLETE = "helpful", "unhelpful", "sources", "person", "complete"
FORGET = "forget"

_REVIEWED = "From the reviewed FAQ"
_NOT_REVIEWED = "Settled threads, not reviewed"
_CLOSEST = "Closest entries"
_SHOWN_SOURCES = 3
_QUOTE = 200
_LABEL = 80
_DOUBT = "Some people found this entry not helpful; the maintainers look at it."


def person_button() -> Button:
    """Return the button that asks for a person."""
    return Button("Call a human", ButtonName(PERSON, ""))


def answer_buttons(entry: FaqEntry | None) -> tuple[Button, ...]:
    """Return the buttons below an answer; without an entry there is nothing to vote on."""
    if entry is None:
        return (person_button(),)
    key, shown = entry_key(entry.id), text_digest(entry)
    return (
        Button("Helpful", ButtonName(HELPFUL, key, shown), "success"),
        Button("Not helpful", ButtonName(NOT_HELPFUL, key, shown)),
        Button("Sources", ButtonName(SOURCES, key)),
        person_button(),
    )


def answer_reply(
    answer: Answer, entry: FaqEntry | None = None, *, question: str = "", tally: Tally | None = None
) -> Reply:
    """Return what is shown for an answer.

    Args:
        answer: What is known.
        entry: The entry it comes from, as it stands now.
        question: What was asked, where the reader does not see it anyway.
        tally: What people voted on the entry.
    """
    asked = plain(question, limits.TITLE) if question else ""
    if answer.kind in {"answered", "tool"}:
        return _answered(answer, entry, asked, tally)
    if answer.kind == "ask_back":
        complete = Button("Answer", ButtonName(COMPLETE, ""), "primary")
        return Reply(fitted_cards([Card(answer.text, title=asked)]), (complete,))
    fields = _closest(answer.closest) + _related(answer.related)
    card = Card(answer.text, title=asked, fields=fields)
    return Reply(fitted_cards([card]), (person_button(),))


def _answered(answer: Answer, entry: FaqEntry | None, asked: str, tally: Tally | None) -> Reply:
    more = f"*This goes on: `/faq show` with {plain(entry.question, 150)}.*" if entry else "*Shortened.*"
    notes = [answer.text]
    if tally is not None and tally.not_helpful > tally.helpful:
        notes.append(f"*{_DOUBT}*")
    card = Card(
        "\n\n".join(notes),
        title=asked or (plain(entry.question, limits.TITLE) if entry else ""),
        fields=_source_fields(answer.sources),
        footer=footer(answer),
    )
    return Reply(fitted_cards([card], more), answer_buttons(entry))


def footer(answer: Answer) -> str:
    """Return the line below an answer: for what it is true, when it was checked, what it is."""
    parts = [
        _REVIEWED if answer.kind == "answered" else "Worked out from your numbers",
        f"true for {answer.applies_to}" if answer.applies_to else "",
        f"checked on {answer.checked}" if answer.checked else "",
    ]
    return " · ".join(part for part in parts if part)


def _source_fields(sources: Sequence[AnswerSource]) -> tuple[Field, ...]:
    """Return where to read on: the first links, so that the answer can be checked in one step."""
    linked = [source for source in sources if safe_url(source.url)]
    lines = [f"- {_source_link(source)}" for source in unique(linked)[:_SHOWN_SOURCES]]
    bare = [f"- {plain(source.label, _LABEL)}" for source in sources if not source.url and not source.quote]
    return (Field("Sources", "\n".join(_within(lines + bare[:1]))),) if lines or bare else ()


def _source_link(source: AnswerSource) -> str:
    label = source.label
    if label in {"message", "document"} and source.quote:
        label = source.quote
    return link(label, source.url, _LABEL)


def unique(sources: Iterable[AnswerSource]) -> list[AnswerSource]:
    """Return sources without those whose address came before."""
    return list(
        {source.url or source.quote or source.label: source for source in reversed(list(sources))}.values()
    )[::-1]


def _within(lines: Sequence[str]) -> list[str]:
    """Return the first lines that fit into a field: half a link is none."""
    kept, room = [], limits.FIELD_VALUE
    for line in lines:
        room -= limits.units(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _closest(closest: Sequence[tuple[str, str]]) -> tuple[Field, ...]:
    lines = [f"- {plain(question, 150)}" for _, question in closest]
    return (Field(_CLOSEST, "\n".join(_within(lines))),) if lines else ()


def _related(threads: Sequence[RelatedThread]) -> tuple[Field, ...]:
    lines = [f"- {link(thread.title, thread.url)}: {plain(thread.answer, 180)}" for thread in threads]
    return (Field(_NOT_REVIEWED, "\n".join(_within(lines))),) if lines else ()


def sources_reply(sources: Sequence[AnswerSource]) -> Reply:
    """Return everything that an entry stands on, for whoever asked."""
    lines = []
    for source in unique(sources):
        named = link(source.label, source.url, _LABEL)
        lines.append(f"- {named}" + (f"\n  > {plain(source.quote, _QUOTE)}" if source.quote else ""))
    parts = limits.split_text("\n".join(lines) or "This entry names no source.", limits.DESCRIPTION)
    return Reply(
        fitted_cards([Card(part, title="Sources" if not at else "") for at, part in enumerate(parts)]),
        only_you=True,
    )


def tool_reply(result: ToolResult, title: str) -> Reply:
    """Return what a tool found, with its reasons as far as they fit."""
    reasons = "\n".join(_within([f"- {limits.one_line(reason, 400)}" for reason in result.reasons]))
    card = Card(
        result.summary,
        title=title,
        fields=(Field("Why", reasons),) if reasons else (),
        footer=f"Facts: {result.facts_version}",
    )
    return Reply(fitted_cards([card], "*Shortened: the command line prints everything.*"))
