"""What a button remembers over a restart: its own name, read back with care. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from threadlore.bot.limits import CUSTOM_ID, units
from threadlore.ids import digest
from threadlore.types import FaqEntry

PATTERN = r"tl:(?P<act>[a-z_]{2,16}):(?P<key>[^:]{0,64})(?::(?P<shown>[0-9a-f]{0,16}))?"
"""What all our buttons are named like."""

_KEY = 64
_SAFE = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class ButtonName:
    """What a button does, for what, and as which text of it was shown."""

    act: str
    key: str
    shown: str = ""

    def __str__(self) -> str:
        name = f"tl:{self.act}:{self.key}" + (f":{self.shown}" if self.shown else "")
        if units(name) > CUSTOM_ID:
            raise ValueError(f"a button's name has {CUSTOM_ID} characters at most")
        return name

    @classmethod
    def of(cls, found: re.Match[str]) -> ButtonName:
        """Return what a button's name says, as `PATTERN` matched it."""
        return cls(found["act"], found["key"], found["shown"] or "")


def entry_key(entry_id: str) -> str:
    """Return what stands for an entry in a button: its id, or a digest of one that is long or odd.

    >>> entry_key("e_12"), entry_key("a b")[:1]
    ('e_12', '~')
    """
    if len(entry_id) <= _KEY and _SAFE.fullmatch(entry_id):
        return entry_id
    return "~" + digest(entry_id, length=32)


def entry_of(key: str, entries: Iterable[FaqEntry]) -> FaqEntry | None:
    """Return the entry that `entry_key` stood for."""
    return next((entry for entry in entries if entry_key(entry.id) == key), None)
