"""The report in short, for maintainers in Discord. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from threadlore.bot import limits
from threadlore.bot.cards import Card, Field, Reply, fitted_cards
from threadlore.bot.plain import link, plain
from threadlore.bundle import Bundle, TopicView

_TOPICS = 8
_OPEN = 5


def report_reply(bundle: Bundle) -> Reply:
    """Return what people asked in the period, what is open, and what waits for a person."""
    now, before = bundle.period, bundle.before
    compared = f" ({before.questions} in the period before)" if bundle.compared else ""
    text = (
        f"{now.questions} questions{compared} of {now.askers} people, {now.settled} settled, "
        f"{now.contradicted} contradicted."
    )
    waiting = f"{len(bundle.drafts)} drafts, {len(bundle.proposals)} proposals, {len(bundle.stale)} stale"
    if bundle.private_waiting:
        waiting += f"; {bundle.private_waiting} from private places: `threadlore review list`"
    fields = (
        Field("Most asked", _lines(map(_topic_line, _most_asked(bundle)))),
        Field("Open the longest", _lines(_open_lines(bundle))),
        Field("Waiting for review", waiting),
    )
    card = Card(text, title=f"What people ask: {period_of(bundle)}", fields=fields)
    return Reply(fitted_cards([card]), only_you=True)


def period_of(bundle: Bundle) -> str:
    """Return the period of a bundle in words."""
    if bundle.since is None or bundle.until is None:
        return "nothing yet"
    return f"{bundle.since:%Y-%m-%d} to {bundle.until:%Y-%m-%d}"


def _most_asked(bundle: Bundle) -> list[TopicView]:
    asked = [view for view in bundle.topics if view.questions]
    return sorted(asked, key=lambda view: (-view.askers, -len(view.questions), view.topic.id))[:_TOPICS]


def _topic_line(view: TopicView) -> str:
    covered = {"entry": "in the FAQ", "documentation": "in the documentation"}.get(view.coverage, "no answer")
    name = plain(view.topic.label or view.topic.id, 80)
    return f"- **{name}**: {len(view.questions)} by {view.askers}, {view.state.value}, {covered}"


def _open_lines(bundle: Bundle) -> Iterable[str]:
    waiting = sorted(bundle.open_questions, key=lambda item: -item.waiting_days)[:_OPEN]
    for item in waiting:
        named = link(item.asked.title or item.asked.question.text, item.asked.url, 80)
        yield f"- {named}: {item.waiting_days} days"


def _lines(lines: Iterable[str]) -> str:
    kept, room = [], limits.FIELD_VALUE
    for line in lines:
        room -= limits.units(line) + 1
        if room >= 0:
            kept.append(line)
    return "\n".join(kept) or "nothing"
