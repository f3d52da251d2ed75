"""From the bundle to what the report's template shows: rows, groups and shortened lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from threadlore.bundle import Bundle, OpenQuestion, TopicView, WaitingEntry
from threadlore.languages import language_name
from threadlore.publish.markdown import Markdown, cell, code, inline, link, shorten
from threadlore.publish.report.summary import sentences, trend
from threadlore.publish.words import length, number, percent, stretch, waited
from threadlore.types import QuestionStatus

TOPICS_PER_AREA = 10
OPEN_SHOWN = 15
GAPS_SHOWN = 10
WAITING_SHOWN = 15
LABEL = 70
"""Characters of a topic's name in a table."""
MORE_EXAMPLES = 3
"""Links to further questions of a topic, after the one that is written out."""


@dataclass(frozen=True, slots=True)
class Row:
    """A topic in the table of its area."""

    name: str
    askers: int
    trend: str
    questions: int
    settled: str
    answered: str
    examples: Markdown


@dataclass(frozen=True, slots=True)
class AreaTable:
    """An area with its topics; `more` is a sentence on those that are not shown."""

    title: str
    questions: int
    askers: int
    rows: tuple[Row, ...]
    more: str


def lay_out(bundle: Bundle) -> dict[str, object]:
    """Return the values of the report's template."""
    asked = [view for view in bundle.topics if view.questions]
    waiting = _by_asker(bundle.open_questions)
    names = {view.topic.id: view.topic.label for view in bundle.topics} | bundle.topic_names
    return {
        "bundle": bundle,
        "period": stretch(bundle.since, bundle.until, bundle.timezone)
        if bundle.since and bundle.until
        else "",
        "length": length(bundle.since, bundle.until) if bundle.since and bundle.until else "",
        "sentences": sentences(bundle),
        "areas": _areas(bundle, asked),
        "changes": _changes(bundle),
        "events": [_event(event.kind, event.topic_id, event.other_id, names) for event in bundle.events],
        "open": [_open_row(group, names) for group in waiting[:OPEN_SHOWN]],
        "open_count": len(bundle.open_questions),
        "open_more": sum(len(group) for group in waiting[OPEN_SHOWN:]),
        "coverage": _coverage(asked),
        "gaps": [_gap(view) for view in asked if view.coverage == "none"][:GAPS_SHOWN],
        "gaps_more": max(0, sum(view.coverage == "none" for view in asked) - GAPS_SHOWN),
        "drafts": [_waiting_row(one) for one in bundle.drafts[:WAITING_SHOWN]],
        "drafts_more": max(0, len(bundle.drafts) - WAITING_SHOWN),
        "proposals": [_waiting_row(one) for one in bundle.proposals[:WAITING_SHOWN]],
        "stale": [_waiting_row(one) for one in bundle.stale[:WAITING_SHOWN]],
        "aged": [_waiting_row(WaitingEntry(entry=view.entry, askers=view.askers)) for view in bundle.entries
                 if view.entry.review_reasons],
        "unread": [(language_name(code), count) for code, count in bundle.unread_languages.items()],
        "unknown": bundle.counts.messages - sum(bundle.counts.languages.values()),
        "number": number,
        "percent": percent,
    }  # fmt: skip


def _areas(bundle: Bundle, asked: list[TopicView]) -> list[AreaTable]:
    titles = dict(bundle.areas)
    order = [*titles, *sorted({view.topic.area for view in asked} - set(titles))]
    tables = []
    for area in order:
        views = [view for view in asked if view.topic.area == area]
        if not views:
            continue
        rest = views[TOPICS_PER_AREA:]
        more = ""
        if rest:
            questions = sum(len(view.questions) for view in rest)
            more = f"And {number(len(rest), 'more topic')} with {number(questions, 'question')}."
        tables.append(
            AreaTable(
                title=titles.get(area, area),
                questions=sum(len(view.questions) for view in views),
                askers=len({one.question.author for view in views for one in view.questions}),
                rows=tuple(_row(view, bundle.compared) for view in views[:TOPICS_PER_AREA]),
                more=more,
            )
        )
    return tables


def _row(view: TopicView, compared: bool) -> Row:
    return Row(
        name=shorten(view.topic.label, LABEL),
        askers=view.askers,
        trend=trend(view, compared),
        questions=len(view.questions),
        settled=f"{view.settled} of {len(view.questions)}",
        answered=_answered(view),
        examples=_examples(view),
    )


def _answered(view: TopicView) -> str:
    if view.coverage == "entry":
        return "FAQ entry"
    if view.drafts:
        return "draft waits"
    return "documentation" if view.coverage == "documentation" else "nothing yet"


def _examples(view: TopicView) -> Markdown:
    first, *rest = view.questions
    links = [link(shorten(first.question.text, 70), first.url)]
    links += [link(str(place), one.url) for place, one in enumerate(rest[:MORE_EXAMPLES], 2) if one.url]
    return Markdown(", ".join(links))


def _changes(bundle: Bundle) -> dict[str, list[TopicView]]:
    kinds = ("new", "growing", "fading")
    return {kind: [view for view in bundle.topics if view.state.value == kind][:10] for kind in kinds}


def _event(kind: str, topic: str, other: str | None, names: dict[str, str]) -> Markdown:
    this, that = (f"“{inline(names.get(one or '', 'an earlier topic'))}”" for one in (topic, other))
    sentence = {
        "merged": f"{this} went into {that}.",
        "split": f"{this} was split off from {that}.",
        "ended": f"{this} has ended.",
    }
    return Markdown(sentence.get(kind, f"{this}: {inline(kind)}."))


def _by_asker(questions: Sequence[OpenQuestion]) -> list[list[OpenQuestion]]:
    """Put together what one member asks again and again in one topic, first asked first."""
    groups: dict[tuple[str, str], list[OpenQuestion]] = {}
    for one in questions:
        question = one.asked.question
        groups.setdefault((question.author, one.topic_id or question.id), []).append(one)
    return list(groups.values())


def _open_row(group: list[OpenQuestion], names: dict[str, str]) -> dict[str, object]:
    first = group[0]
    question = first.asked.question
    notes = []
    if any(one.asked.question.status is QuestionStatus.CONTRADICTED for one in group):
        notes.append("answered, then contradicted")
    if len(group) > 1:
        notes.append(f"asked {len(group)} times")
    note = f" ({', '.join(notes)})" if notes else ""
    return {
        "waited": waited(first.waiting_days),
        "question": Markdown(link(shorten(question.text, 120), first.asked.url) + note),
        "asker": code(f"member {question.author[-8:]}"),
        "topic": cell(shorten(names.get(first.topic_id or "", "–"), LABEL)),
    }


def _coverage(asked: list[TopicView]) -> list[dict[str, object]]:
    labels = {
        "entry": "an approved FAQ entry",
        "documentation": "a documentation page, no entry",
        "none": "neither",
    }
    return [
        {
            "label": label,
            "topics": sum(view.coverage == kind for view in asked),
            "questions": sum(len(view.questions) for view in asked if view.coverage == kind),
            "askers": len(
                {one.question.author for view in asked if view.coverage == kind for one in view.questions}
            ),
        }
        for kind, label in labels.items()
    ]


def _gap(view: TopicView) -> dict[str, object]:
    if view.drafts:
        step = Markdown(f"review the draft: {code(f'threadlore review show {view.drafts[0]}')}")
    elif view.settled:
        step = Markdown("settled in threads, no draft came of it")
    else:
        step = Markdown("nobody has settled it yet")
    return {
        "name": view.topic.label,
        "description": view.topic.description,
        "askers": view.askers,
        "example": _examples(view),
        "step": step,
    }


def _waiting_row(one: WaitingEntry) -> dict[str, object]:
    return {
        "question": shorten(one.entry.question, 120),
        "askers": one.askers,
        "reasons": "; ".join(one.entry.review_reasons),
        "command": code(f"threadlore review show {one.entry.id}"),
    }
