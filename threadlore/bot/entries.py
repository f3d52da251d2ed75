"""The entries that may be shown, kept at hand: autocompletion has three seconds and asks at each letter."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from threadlore.bot.access import may_be_shown
from threadlore.bot.parts import BotRecords
from threadlore.helpdesk import HelpDesk, Tally
from threadlore.types import FaqEntry

_WORD = re.compile(r"\w+")


def words_of(text: str) -> set[str]:
    """Return the words of a text in lower case."""
    return set(_WORD.findall(text.lower()))


def rank(entries: Sequence[FaqEntry], text: str, tallies: Mapping[str, Tally], limit: int) -> list[FaqEntry]:
    """Return the entries whose wording holds most of the words of `text`, best first.

    A word counts when one of the entry's words begins with it, so that half a word finds its entry. Of
    equals, what people found helpful comes first. Without a word, the best liked ones.
    """
    wanted = words_of(text)
    scored = []
    for entry in entries:
        known = words_of(" ".join((entry.question, *entry.paraphrases)))
        found = sum(1.0 if word in known else 0.7 * _begins(word, known) for word in wanted)
        if wanted and not found:
            continue
        votes = tallies.get(entry.id, Tally())
        scored.append((-found, votes.not_helpful - votes.helpful, entry.question, entry))
    scored.sort(key=lambda item: item[:3])
    return [item[3] for item in scored[:limit]]


def _begins(word: str, known: set[str]) -> bool:
    return len(word) > 1 and any(other.startswith(word) for other in known)


@dataclass(slots=True)
class Shelf:
    """All entries and their votes, read again when something has changed."""

    records: BotRecords
    desk: HelpDesk
    _stamp: str = ""
    _entries: list[FaqEntry] = field(default_factory=list)
    _tallies: dict[str, Tally] = field(default_factory=dict)

    async def _fresh(self) -> None:
        await asyncio.to_thread(self._read)

    def _read(self) -> None:
        stamp = self.records.change_stamp()
        if stamp != self._stamp:
            entries = self.records.entries()
            self._tallies = self.desk.tallies(entries)
            self._entries = entries
            self._stamp = stamp

    async def all(self) -> list[FaqEntry]:
        """Return every entry, also those that nobody may see."""
        await self._fresh()
        return self._entries

    async def shown(self) -> list[FaqEntry]:
        """Return the entries that may be shown."""
        return [entry for entry in await self.all() if may_be_shown(entry)]

    async def find(self, entry_id: str | None) -> FaqEntry | None:
        """Return an entry that may be shown."""
        return next((entry for entry in await self.shown() if entry.id == entry_id), None)

    async def tallies(self) -> dict[str, Tally]:
        """Return the votes by entry."""
        await self._fresh()
        return self._tallies

    async def search(self, text: str, limit: int) -> list[FaqEntry]:
        """Return the entries that may be shown and fit `text`, best first."""
        return rank(await self.shown(), text, await self.tallies(), limit)
