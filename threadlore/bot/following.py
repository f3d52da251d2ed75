"""What becomes of a message of the bot when what it shows has changed or is gone. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from threadlore.bot.access import may_be_shown
from threadlore.bot.cards import Card, Reply, fitted_cards
from threadlore.bot.entry_cards import entry_reply
from threadlore.bot.review_cards import DECIDED, decided_reply, review_digest, review_reply
from threadlore.helpdesk import GONE, BotMessage, text_digest
from threadlore.review import review_queue
from threadlore.types import FaqEntry

TOOL = "tool"
"""Stands for the digest of what was shown, where a tool's result was: it does not change with the entry."""

TAKEN_BACK = "This answer was taken back: what it stood on has changed or is gone. Please ask again."


@dataclass(frozen=True, slots=True)
class Step:
    """What to do: show `reply` instead, or delete the message where it is None.

    `shown` is remembered as what it shows now; None forgets the message.
    """

    reply: Reply | None
    shown: str | None


DELETE = Step(None, None)


def step_for(message: BotMessage, entry: FaqEntry | None, calls: Collection[str]) -> Step | None:
    """Return what to do about a message of the bot; None where it may stay as it is.

    Args:
        message: What is known of it.
        entry: The entry that it shows, as it stands now.
        calls: Ids of the calls for a person that are open.
    """
    if message.subject == GONE:
        return DELETE
    if message.kind == "handover":
        return None if message.subject in calls else DELETE
    return _review_step(message, entry) if message.kind == "review" else _answer_step(message, entry)


def _review_step(message: BotMessage, entry: FaqEntry | None) -> Step | None:
    if message.shown == DECIDED:
        return None
    if entry is None:
        return DELETE
    if not review_queue([entry], {}):
        return Step(decided_reply(entry.id, "Decided elsewhere"), DECIDED)
    shown = review_digest(entry)
    return None if shown == message.shown else Step(review_reply(entry, 0), shown)


def still_shows(subject: str, shown: str, entry: FaqEntry | None) -> bool:
    """Tell whether an answer may stand as it is; one without a subject shows no entry."""
    if not subject:
        return True
    return entry is not None and may_be_shown(entry) and shown in {text_digest(entry), TOOL}


def _answer_step(message: BotMessage, entry: FaqEntry | None) -> Step | None:
    if still_shows(message.subject, message.shown, entry):
        return None
    if entry is None or not may_be_shown(entry):
        return Step(Reply(fitted_cards([Card(TAKEN_BACK)])), None)
    return Step(entry_reply(entry), text_digest(entry))
