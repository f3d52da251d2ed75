"""A scrubber, and people known by name, for the tests of what is masked."""

from __future__ import annotations

from collections.abc import Mapping

from threadlore.ingest.names import NameBook
from threadlore.ingest.scrub import Scrubber

SCRUBBER = Scrubber(b"k" * 32)
SOURCE = "discord:1"


def book(people: Mapping[str, str]) -> NameBook:
    """Return people by name, found in running text too."""
    names = SCRUBBER.names(SOURCE)
    for name, number in people.items():
        names.learn(name, number.replace("u_", "u_00000000000"), prose=True)
    return names
