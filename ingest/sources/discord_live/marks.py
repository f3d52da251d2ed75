"""What is remembered of a guild between runs: how far each place was read, and what was refused.

Each is a cursor of the source, stored in one transaction with the page that it stands for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from threadlore.ingest.values import count_of, instant_of, mapping_of, text_of

CHANNEL, THREAD, DENIED, LISTED, ROLES = "channel/", "thread/", "denied/", "listed/", "roles"

LIST = "list/"
"""Stands before the id of a channel whose list of archived threads is refused, though it may be read."""

HEARD = "{}"
"""Mark of a channel of which live messages were stored before anything was read."""

PATIENCE = timedelta(days=1)
"""How long a place that was refused is left alone; each further refusal adds a day, up to a week."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a place was read.

    `last` is the id of the newest message read; `seen` the place's last message as Discord named it when
    everything up to it had been read, empty while reading goes on; `window` the id below which messages
    are still to be read once more. Of a thread also its counts, its channel, whether it was archived, and
    a digest of its title and tags.
    """

    last: int = 0
    seen: str = ""
    window: int = 0
    count: int = 0
    total: int = 0
    channel: str = ""
    archived: bool = False
    face: str = ""

    @property
    def done(self) -> bool:
        """Whether everything had been read."""
        return bool(self.seen) and not self.window

    def text(self) -> str:
        """Return the mark as a cursor holds it, without what is as in a fresh one."""
        fresh = asdict(Mark())
        return json.dumps({name: value for name, value in asdict(self).items() if value != fresh[name]})

    @classmethod
    def of(cls, text: str | None) -> Mark | None:
        """Return the mark that a cursor holds, None where there is none that can be used."""
        raw = _json(text)
        if not raw:
            return None
        try:
            return replace(cls(), **raw)
        except TypeError:
            return None


@dataclass(frozen=True, slots=True)
class Denial:
    """A place that Discord refused: when, why, how often in a row."""

    at: datetime
    reason: str
    times: int = 1

    @property
    def until(self) -> datetime:
        """When it is tried again."""
        return self.at + PATIENCE * min(self.times, 7)

    def text(self) -> str:
        """Return it as a cursor holds it."""
        return json.dumps({"at": self.at.isoformat(), "reason": self.reason, "times": self.times})

    @classmethod
    def of(cls, text: str | None) -> Denial | None:
        """Return the denial that a cursor holds, None where there is none."""
        raw = _json(text)
        at = instant_of(raw.get("at"))
        return cls(at, text_of(raw.get("reason")), count_of(raw.get("times")) or 1) if at else None


def known_threads(cursors: Mapping[str, str]) -> dict[str, Mark]:
    """Return the marks of all threads that were ever read, by id."""
    found = {
        key.removeprefix(THREAD): Mark.of(value) for key, value in cursors.items() if key.startswith(THREAD)
    }
    return {key: mark for key, mark in found.items() if mark is not None}


def known_channels(cursors: Mapping[str, str]) -> set[str]:
    """Return the ids of all channels of which anything was ever read."""
    read = {key.removeprefix(CHANNEL) for key, text in cursors.items() if text and key.startswith(CHANNEL)}
    return (read | {mark.channel for mark in known_threads(cursors).values()}) - {""}


def _json(text: str | None) -> dict[str, Any]:
    try:
        return mapping_of(json.loads(text)) if text else {}
    except ValueError:
        return {}
