"""Text without what nobody can see: the same for pages, chat and models."""

from __future__ import annotations

import re
import unicodedata

MAX_MARKS = 4
"""Combining marks kept after one character; a tower of them covers the lines above."""

_JOINERS = "\u200c\u200d"
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Letters and marks by their category that show nothing: a joiner and fillers."""

_PRESENTATION = "\ufe0e\ufe0f"


def clean(text: str) -> str:
    """Return `text` without what nobody can see: control, direction and zero-width characters.

    Line breaks of every kind become a newline, other white space a space. Joiners stay between two
    characters outside ASCII, where scripts and emoji need them.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    text = re.sub(r"\r\n?|[\u0085\u2028\u2029\v\f]", "\n", text)
    kept: list[str] = []
    marks = 0
    for index, character in enumerate(text):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if character == "\n":
            kept.append(character)
        elif category == "Zs" or character in "\t\u2800":
            kept.append(" ")
        elif category[0] == "C":
            neighbours = text[max(index - 1, 0) : index] + text[index + 1 : index + 2]
            if character in _JOINERS and len(neighbours) == 2 and min(neighbours) > "\x7f":
                kept.append(character)
        elif marks <= MAX_MARKS and character not in _BLANK and not _is_selector(character):
            kept.append(character)
    return "".join(kept)


def _is_selector(character: str) -> bool:
    """Tell whether it is a variation selector that can carry hidden text (emoji need two of them)."""
    hidden = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return hidden and character not in _PRESENTATION
