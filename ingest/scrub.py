"""What may be stored of a text: no names, no addresses, no secrets; code and logs as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from threadlore.ingest.personal import mask_personal
from threadlore.ingest.pseudonym import load_key, pseudonym
from threadlore.ingest.secret_patterns import mask_secrets

_RAW_MENTION = re.compile(r"<@!?(\d{1,20})>")
_LEADING_NAME = re.compile(
    r"^((?:[ \t]{0,8}[>*+-][ \t]+)*(?:\*\*|__)?)([^\s>*:,：，<][^\n:,：，<>*]{0,31})"
    r"((?:\*\*|__)?(?:[:,](?:\*\*|__)?(?=[ \t]+\S)|[：，]))",
    re.MULTILINE,
)
_AT_SIGNS = "@＠"
_FENCE = "```"
_NAME_WORDS = 4
_NAME_LENGTH = 40
_NO_NAMES_WORDS = """
error errors warning warn info debug note notes edit update fatal trace critical everyone here all
hi hello hey yes no so ok okay well and but also question answer problem issue solution fix fixed
example step steps result results output input log logs config version name host port user password
token key value type milvus docker python java server client admin test bot thanks please sorry
"""
_NO_NAMES = frozenset(_NO_NAMES_WORDS.split())
"""Words that start lines of logs and prose so often that a person of that name is not looked for."""


@dataclass(frozen=True)
class Scrubber:
    """Masks secrets and names, with the key of one data folder."""

    key: bytes

    def __repr__(self) -> str:
        return "Scrubber(key=...)"

    @classmethod
    def for_folder(cls, folder: Path) -> Scrubber:
        """Return the scrubber of a data folder; its key is made when there is none.

        Raises:
            StoreDamaged: the key file holds no key.
        """
        return cls(load_key(folder))

    def pseudonym(self, source: str, native_id: str) -> str:
        """Return the pseudonym of a person, the same in every source of a platform."""
        return pseudonym(self.key, source, native_id)

    def raw_mentions(self, source: str, text: str) -> str:
        """Return `text` with raw mentions such as `<@123>` as `@` and the pseudonym."""
        if "<@" not in text:
            return text
        return _RAW_MENTION.sub(lambda found: "@" + self.pseudonym(source, found.group(1)), text)

    def clean(self, text: str, names: Mapping[str, str]) -> str:
        """Return `text` with secrets and personal data masked, and known people as their pseudonyms.

        Args:
            text: Raw text of a message, title or page.
            names: Casefolded name of a known person -> pseudonym. Found as `@name`, and as `name:` or
                `name,` at the start of a line.
        """
        return mask_personal(mask_secrets(replace_names(text, names)))


def replace_names(text: str, names: Mapping[str, str]) -> str:
    """Return `text` with `@name` and a leading `name:` of known people as their pseudonyms."""
    if not names:
        return text
    for mark in _AT_SIGNS:
        if mark in text:
            text = _at_names(text, names, mark)
    if any(mark in text for mark in ":,：，"):
        # In a fence the start of a line is a key of a configuration, not somebody who is spoken to.
        parts = text.split(_FENCE)
        parts[::2] = [_LEADING_NAME.sub(lambda found: _leading(found, names), part) for part in parts[::2]]
        text = _FENCE.join(parts)
    return text


def _leading(found: re.Match[str], names: Mapping[str, str]) -> str:
    name = found.group(2).rstrip("_").casefold()
    if name in _NO_NAMES or name not in names:
        return found.group(0)
    return found.group(1) + names[name] + found.group(3)


def _at_names(text: str, names: Mapping[str, str], mark: str) -> str:
    """Replace the longest known name behind each `mark`; names may hold up to three blanks."""
    head, *tails = text.split(mark)
    parts = [head]
    for tail in tails:
        before = parts[-1][-1:]
        inside_word = before.isalnum() or before in set("._-")
        found = None if inside_word else _name_at_start(tail, names)
        parts.append(mark + (tail if found is None else names[found.casefold()] + tail[len(found) :]))
    return "".join(parts)


def _name_at_start(tail: str, names: Mapping[str, str]) -> str | None:
    for end in _ends(tail):
        if tail[:end].casefold() in names:
            return tail[:end]
    return None


def _ends(tail: str) -> list[int]:
    """Return where a name may end, longest first."""
    ends: list[int] = []
    blanks = 0
    window = tail[: _NAME_LENGTH + 1]
    for position in range(1, min(len(tail), _NAME_LENGTH) + 1):
        if position == len(window) or not (window[position - 1].isalnum() and window[position].isalnum()):
            ends.append(position)
        if position < len(window) and window[position] == " ":
            blanks += 1
        if position < len(window) and (window[position] == "\n" or blanks >= _NAME_WORDS):
            break
    return ends[::-1]
