"""Texts that an embedder cannot read: those in a script that it was not trained on."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from threadlore.agents.drafting.wording import script_of

OTHER = "other"
_FOREIGN_LETTERS = 0.3


def unread_language(text: str, language: str, languages: Collection[str] | None) -> str:
    """Return the language of `text` when an embedder for `languages` cannot read it, else nothing.

    Only another script counts: a sentence in Latin letters still has words that the embedder knows.

    >>> unread_language("请问需要多少内存？", "", ["en"]), unread_language("Wie viel RAM?", "de", ["en"])
    ('zh', '')
    """
    if languages is None or text.isascii():
        return ""
    script = script_of(text)
    if not script:
        letters = [letter for letter in text if letter.isalpha()]
        strange = sum("LATIN" not in unicodedata.name(letter, "") for letter in letters)
        if strange <= _FOREIGN_LETTERS * len(letters):
            return ""
        script = language or OTHER
    return "" if script in languages else script
