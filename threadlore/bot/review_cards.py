"""Drafts as maintainers see them: the words, how often asked, what stands against it, the evidence. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from threadlore.bot import limits
from threadlore.bot.cards import Button, Card, Field, Reply, fitted_cards
from threadlore.bot.custom_ids import ButtonName, entry_key
from threadlore.bot.plain import link, plain, plain_lines
from threadlore.helpdesk import BotMessage
from threadlore.ids import digest
from threadlore.review import pending, review_queue
from threadlore.types import FaqEntry, Visibility

APPROVE, EDIT, REJECT = "approve", "edit", "reject"
DECIDED = "decided"
"""Stands for the digest of what was shown, once a person has decided."""

WEEK = timedelta(days=7)
_SOURCES = 4


def review_digest(entry: FaqEntry) -> str:
    """Return what tells one state of a draft from another: what a person decides on is what they saw."""
    proposal = pending(entry)
    offered = (proposal[-1].question, proposal[-1].answer) if proposal else ()
    return digest(entry.question, entry.answer, entry.state.value, *entry.review_reasons, *offered)


def to_put_up(
    entries: Sequence[FaqEntry],
    askers: Mapping[str, int],
    posted: Sequence[BotMessage],
    now: datetime,
    weekly: int,
) -> list[FaqEntry]:
    """Return the drafts to post now, the most asked first: no more than what is left of the week.

    A draft that stands in the channel, or was decided there as it is, is not put up again. What came
    from private places never is.
    """
    used = sum(1 for message in posted if message.at > now - WEEK)
    standing = {message.subject for message in posted if message.shown != DECIDED}
    waiting = [
        entry
        for entry in review_queue(entries, askers)
        if entry.visibility is Visibility.PUBLIC and entry.id not in standing
    ]
    return waiting[: max(weekly - used, 0)]


def review_reply(entry: FaqEntry, askers: int) -> Reply:
    """Return a draft with its buttons. The texts are the community's own words, and shown as such."""
    proposal = pending(entry)
    question, answer = entry.question, entry.answer
    if proposal:
        question, answer = proposal[-1].question, proposal[-1].answer
    fields = [
        Field("Now", plain_lines(entry.answer, limits.FIELD_VALUE)) if proposal else Field("", ""),
        Field("Look at this", "\n".join(f"- {plain(reason, 300)}" for reason in entry.review_reasons[:3])),
        Field("Stands on", "\n".join(_sources(entry))),
    ]
    kind = "Proposed change" if proposal else entry.state.value.capitalize()
    card = Card(
        limits.trim_block(answer, limits.DESCRIPTION - 600, "*Shortened: Edit shows all of it.*"),
        title=plain(question, limits.TITLE),
        fields=tuple(fields),
        footer=f"{kind} · asked by {askers} · {entry.area} · {entry.id}",
    )
    key, shown = entry_key(entry.id), review_digest(entry)
    buttons = (
        Button("Approve", ButtonName(APPROVE, key, shown), "success"),
        Button("Edit", ButtonName(EDIT, key, shown), "primary"),
        Button("Reject", ButtonName(REJECT, key, shown), "danger"),
    )
    return Reply(fitted_cards([card], "*Shortened: Edit shows all of it.*"), buttons)


def _sources(entry: FaqEntry) -> list[str]:
    lines = [f"- {link(cited.quote or cited.kind, cited.url, 120)}" for cited in entry.citations[:_SOURCES]]
    kept, room = [], limits.FIELD_VALUE
    for line in lines:
        room -= limits.units(line) + 1
        if room >= 0:
            kept.append(line)
    return kept


def decided_reply(entry_id: str, decision: str) -> Reply:
    """Return what stays of a draft in the channel: the decision, and none of its words."""
    return Reply(fitted_cards([Card(f"{decision}: {plain(entry_id, 100)}")]))
