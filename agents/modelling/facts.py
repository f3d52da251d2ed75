"""Facts of a case that a model named: kept where the asker wrote them, as numbers that code read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from threadlore.agents.modelling.replies import FactKind, FactRead
from threadlore.profile import Profile
from threadlore.tools.units import BYTES, COUNT, read_bytes, read_count
from threadlore.types import Facts

LONGEST = 60
"""Characters of a fact."""

_VERSION = re.compile(r"v?(\d{1,3}(?:\.\d{1,4}){1,3}(?:[-.]?(?:rc|alpha|beta|dev)[-.]?\d*)?)", re.IGNORECASE)
_DIMENSION = re.compile(r"\d{1,5}")
_COUNT = re.compile(COUNT, re.IGNORECASE)
_BYTES = re.compile(BYTES)


def facts_found(read: Sequence[FactRead], said: str, base: Facts, profile: Profile) -> tuple[Facts, int]:
    """Return the facts of a case, and how many were named that nobody wrote or that are none.

    Args:
        read: What the model named.
        said: The asker's own messages, and the title where it is the asker's.
        base: What code reads in the asking messages; what the model found stands above it.
        profile: Holds the canonical names.
    """
    update: dict[str, object] = {}
    versions = list(base.versions)
    lost = 0
    for fact in read:
        value = " ".join(fact.v.split())
        kept = _value(fact.k, value, profile) if _stands(value, said) else None
        if kept is None:
            lost += 1
        elif fact.k == "version":
            versions.append(str(kept))
        else:
            update[_FIELDS.get(fact.k, fact.k)] = kept
    return base.model_copy(update={**update, "versions": tuple(dict.fromkeys(versions))}), lost


_FIELDS = {"memory": "memory_bytes"}


def _stands(value: str, said: str) -> bool:
    """Return whether a text holds `value` as words of its own, white space and case aside."""
    if not 0 < len(value) <= LONGEST:
        return False
    words = r"\s+".join(map(re.escape, value.split()))
    return bool(re.search(rf"(?<![\w.]){words}(?!\w|\.\d)", said, re.IGNORECASE))


def _value(kind: FactKind, value: str, profile: Profile) -> object | None:
    """Return a fact in the type of its kind; None where it is none of that kind."""
    reader = _READERS.get(kind)
    if reader is None:
        return _name(kind, value, profile)
    try:
        return reader(value)
    except ValueError:
        return None


def _name(kind: FactKind, value: str, profile: Profile) -> str | None:
    """Return the canonical name of what the profile knows; of a kind without names the asker's word."""
    names = profile.entities.get(kind, {})
    known = (name for name, pattern in names.items() if re.search(pattern, value, re.IGNORECASE))
    return next(known, None if names else value)


def _found(pattern: re.Pattern[str], value: str) -> str:
    found = pattern.search(value)
    if found is None:
        raise ValueError(value)
    return found[0]


def _version(value: str) -> str:
    return _found(_VERSION, value).lower().removeprefix("v")


def _count(value: str) -> int:
    return _positive(read_count(_found(_COUNT, value)))


def _dimension(value: str) -> int:
    return _positive(int(_found(_DIMENSION, value)))


def _memory(value: str) -> int:
    return _positive(read_bytes(_found(_BYTES, value)))


def _positive(number: int) -> int:
    if number <= 0:
        raise ValueError(number)
    return number


_READERS: dict[FactKind, Callable[[str], object]] = {
    "version": _version,
    "vectors": _count,
    "dimension": _dimension,
    "memory": _memory,
}
