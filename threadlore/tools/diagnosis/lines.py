"""Lines of a log: where they stand, how severe they are, and when they were written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_LINE = 4_000
"""Characters of a line that are looked at around a word; a log can be one line of megabytes."""

_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LEVEL = re.compile(
    r"\[(?P<a>TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|PANIC|DPANIC)\]"
    r"|\blevel\"?\s?[=:]\s?\"?(?P<b>trace|debug|info|warn(?:ing)?|error|fatal|panic)\b"
    r"|(?:^|\s)(?P<c>TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL)(?=[\s:\]|])",
    re.IGNORECASE,
)
_TIME = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)")
_QUIET = frozenset({"trace", "debug", "info"})
_HEAD = 300
"""Characters at the start of a line in which its level and time stand."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a log: number from 1, text around the word looked for, level in lower case, time.

    `level` is empty where the line names none; `time` (`2026-11-26 09:00:00`) likewise.
    """

    number: int
    text: str
    level: str
    time: str

    @property
    def quiet(self) -> bool:
        """Tell whether the line only informs."""
        return self.level in _QUIET


class Log:
    """A text in which lines are found by a word, without cutting megabytes into lines first."""

    def __init__(self, text: str) -> None:
        self.text = _UNPRINTABLE.sub("", _COLOUR.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))
        self._lower = self.text.lower()
        if len(self._lower) != len(self.text):
            # A letter whose small form is longer would shift every place behind it.
            self._lower = self.text.translate(_ASCII_LOWER)
        self._starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = self.text.find("\n", at + 1)

    def holds(self, word: str) -> bool:
        """Tell whether any line holds `word` (lower case)."""
        return word in self._lower

    def find(self, word: str, most: int) -> Iterator[Place]:
        """Yield the lines that hold `word` (lower case), each once, `most` of them at the most."""
        at, found = self._lower.find(word), 0
        while at >= 0 and found < most:
            row = bisect_right(self._starts, at) - 1
            start = self._starts[row]
            end = self._starts[row + 1] - 1 if row + 1 < len(self._starts) else len(self.text)
            yield self._place(row + 1, start, at, end)
            found += 1
            at = self._lower.find(word, max(end, at + 1))

    def _place(self, number: int, start: int, at: int, end: int) -> Place:
        head = self.text[start : min(end, start + _HEAD)]
        level = _LEVEL.search(head)
        named = next((part for part in level.groups() if part), "") if level else ""
        time = _TIME.search(head)
        first = max(start, at - LONGEST_LINE // 2)
        return Place(
            number,
            self.text[first : min(end, at + LONGEST_LINE // 2)].strip(),
            named.lower(),
            f"{time[1]}-{time[2]}-{time[3]} {time[4]}" if time else "",
        )


_ASCII_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
