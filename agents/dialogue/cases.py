"""What a conversation says about the asker's case, read by the tools' own reader and the profile's names."""

from __future__ import annotations

import re
from functools import lru_cache

from threadlore.profile import Profile
from threadlore.tools.reading import read_arguments
from threadlore.types import Facts

_VERSION = re.compile(
    r"(?<![\w.\-/])v(\d{1,2}\.\d{1,3}(?:\.\d{1,4})?)\b(?!\.\d)|\bversions?\s*:?\s*v?(\d{1,3}\.\d{1,3}(?:\.\d{1,4})?)\b(?!\.\d)",
    re.I,
)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _entity(profile: Profile, kind: str, text: str) -> str | None:
    """Return the canonical name of a kind that the text names most; the first of equals."""
    found: list[tuple[int, int, str]] = []
    for name, pattern in profile.entities.get(kind, {}).items():
        places = [match.start() for match in _compiled(pattern).finditer(text)]
        if places:
            found.append((-len(places), places[0], name))
    return min(found)[2] if found else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def read_facts(text: str, profile: Profile) -> Facts:
    """Return versions, deployment, index, sizes and the like that `text` names; empty where it is silent."""
    read = read_arguments(text)
    listed = read.get("versions") or ([read["version"]] if read.get("version") else [])
    versions = [str(one) for one in listed] if isinstance(listed, list | tuple) else []
    versions += [one or other for one, other in _VERSION.findall(text)]
    return Facts(
        versions=tuple(dict.fromkeys(versions)),
        deployment=_entity(profile, "deployment", text) or _text(read.get("deployment")),
        vectors=_number(read.get("vectors")),
        dimension=_number(read.get("dim")),
        index=_entity(profile, "index", text) or _text(read.get("index")),
        metric=_entity(profile, "metric", text) or _text(read.get("metric")),
        source_system=_entity(profile, "source_system", text),
        os=_entity(profile, "os", text),
        memory_bytes=_number(read.get("memory_bytes")),
    )
