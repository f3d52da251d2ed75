"""Discord's limits on text, and how a text is made to fit. Pure.

Limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
"""

from __future__ import annotations

import re

TITLE = 256
DESCRIPTION = 4096
FIELDS = 25
FIELD_NAME = 256
FIELD_VALUE = 1024
FOOTER = 2048
EMBEDS = 10
ALL_EMBEDS = 6000
CUSTOM_ID = 100
CHOICES = 25
CHOICE = 100
MODAL_TITLE = 45
MODAL_TEXT = 4000
INPUT_LABEL = 45

ELLIPSIS = "…"
_FENCE = re.compile(r"^\s*(`{3,})([^`\n]*)$")


def units(text: str) -> int:
    """Return the length of `text` as Discord may count it at worst: UTF-16 code units.

    >>> units("a😀")
    3
    """
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def cut(text: str, limit: int) -> str:
    """Return `text` in at most `limit` units; what is cut ends in an ellipsis, at a word where one is near.

    >>> cut("how much memory", 10)
    'how much…'
    """
    if units(text) <= limit:
        return text
    room = max(limit - 1, 0)
    kept: list[str] = []
    for char in text:
        room -= units(char)
        if room < 0:
            break
        kept.append(char)
    short = "".join(kept)
    space = max(short.rfind(" "), short.rfind("\n"))
    if space > len(short) * 2 // 3:
        short = short[:space]
    return short.rstrip() + ELLIPSIS if limit else ""


def one_line(text: str, limit: int) -> str:
    """Return `text` on one line of at most `limit` units."""
    return cut(" ".join(text.split()), limit)


def split_text(text: str, limit: int) -> list[str]:
    """Return `text` in parts of at most `limit` units, cut between lines where that can be.

    A code block that is cut is closed, and opened again in the next part. Joined, the parts hold every
    line of the text.

    Raises:
        ValueError: the limit leaves no room for a code block's marks.
    """
    if limit < 64:
        raise ValueError("a part needs room for a code block's marks")
    parts: list[str] = []
    now: list[str] = []
    size = 0
    fence, opener = "", ""
    for line in _short_lines(text, limit // 2):
        closing = units(fence) + 1 if fence else 0
        if now and size + units(line) + 1 + closing > limit:
            parts.append("\n".join([*now, fence] if fence else now))
            now = [opener] if fence else []
            size = units(opener) + 1 if fence else 0
        now.append(line)
        size += units(line) + 1
        fence, opener = _after(line, fence, opener)
    if now:
        parts.append("\n".join([*now, fence] if fence else now))
    return [part for part in parts if part.strip()]


def _after(line: str, fence: str, opener: str) -> tuple[str, str]:
    """Return the marks and the first line of the code block that is open after `line`."""
    found = _FENCE.match(line)
    if found is None:
        return fence, opener
    marks, language = found.groups()
    if not fence:
        # A long "language" would eat the room of every later part.
        return marks[:8], marks[:8] + language.strip()[:16]
    return ("", "") if len(marks) >= len(fence) and not language.strip() else (fence, opener)


def _short_lines(text: str, limit: int) -> list[str]:
    """Return the lines of `text`; a line that is longer than `limit` units as several."""
    lines: list[str] = []
    for line in text.split("\n"):
        rest = line
        while units(rest) > limit:
            head = cut(rest, limit + 1).removesuffix(ELLIPSIS) or rest[:1]
            lines.append(head)
            rest = rest[len(head) :].lstrip(" ")
        lines.append(rest)
    return lines


def trim_block(text: str, limit: int, more: str) -> str:
    """Return `text` whole, or its beginning with `more`, which says where the rest is.

    An open code block is closed.
    """
    if units(text) <= limit:
        return text
    room = limit - units(more) - 2
    return split_text(text, max(room, 64))[0] + "\n\n" + more
