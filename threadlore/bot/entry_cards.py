"""Entries of the FAQ as cards. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from threadlore.bot import limits
from threadlore.bot.cards import Card, Reply, fitted_cards, note
from threadlore.bot.plain import plain
from threadlore.bot.rendering import answer_reply
from threadlore.seams import Answer, AnswerSource
from threadlore.types import FaqEntry


def sources_of(entry: FaqEntry) -> tuple[AnswerSource, ...]:
    """Return the pages and quotes that an entry stands on."""
    pages = [AnswerSource(f"{page.title} {page.version}".strip(), page.url) for page in entry.doc_links]
    quotes = [AnswerSource(cited.kind, cited.url, cited.quote) for cited in entry.citations]
    return (*pages, *quotes)


def list_reply(found: Sequence[FaqEntry], words: str) -> Reply:
    """Return the entries that fit some words, for whoever looked."""
    if not found:
        return note("No entry fits these words. `/ask` also looks by meaning.")
    lines = "\n".join(f"- {plain(entry.question, 200)}" for entry in found)
    return Reply(fitted_cards([Card(lines, title=f"FAQ: {plain(words, 200)}")]), only_you=True)


def entry_reply(entry: FaqEntry) -> Reply:
    """Return an entry with as much of its answer as a message holds, over several cards."""
    checked = entry.checked_at.isoformat() if entry.checked_at else ""
    answer = Answer("answered", entry.answer, 1.0, entry.id, sources_of(entry), checked=checked)
    whole = answer_reply(answer, entry)
    parts = limits.split_text(entry.answer, limits.DESCRIPTION)
    last = len(parts) - 1
    cards = [
        Card(
            part,
            title=plain(entry.question, limits.TITLE) if not at else "",
            fields=whole.cards[0].fields if at == last else (),
            footer=whole.cards[0].footer if at == last else "",
        )
        for at, part in enumerate(parts)
    ]
    return Reply(fitted_cards(cards), whole.buttons)
