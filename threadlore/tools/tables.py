"""The tables of facts in `data/`: each row names its source and the day it was checked.

A table is a JSON object: `version`, `sources` (id -> {"what": ..., "checked": "YYYY-MM-DD"}) and sections:
lists or objects, nested as they need, whose leaves are rows. A row is an object with `source` (an id of
`sources`), and with its own `checked` where it was looked at on another day.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

_NAMES = ("name", "id", "model", "index", "parameter", "key", "tool", "from", "what")
"""Fields by which a row is called, the first that it has."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of a table: where it stands, what it rests on, and when that was checked."""

    table: str
    section: str
    name: str
    source: str
    checked: date


@cache
def table(name: str) -> dict[str, Any]:
    """Return a table of `data/` by its name without `.json`."""
    text = resources.files("threadlore.tools.data").joinpath(f"{name}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def table_names() -> tuple[str, ...]:
    """Return the names of all tables."""
    files = resources.files("threadlore.tools.data").iterdir()
    return tuple(sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json")))


def facts_version(*names: str) -> str:
    """Return what a result says of the tables it rests on: their versions, and the latest check."""
    tables = [table(name) for name in names]
    days = [source["checked"] for one in tables for source in one["sources"].values()]
    return f"{'; '.join(dict.fromkeys(one['version'] for one in tables))}; checked {max(days)}"


def facts() -> Iterator[Fact]:
    """Yield every row of every table.

    Raises:
        KeyError: a row names a source that its table does not list.
        TypeError, AttributeError: something that is no row stands where a row should.
    """
    for name in table_names():
        whole = table(name)
        for section, rows in whole.items():
            if section not in ("version", "sources"):
                yield from _rows(name, section, whole["sources"], rows)


def _rows(name: str, section: str, sources: dict[str, Any], value: Any, key: str = "") -> Iterator[Fact]:
    if isinstance(value, dict) and "source" in value:
        source = sources[value["source"]]
        called = next((str(value[field]) for field in _NAMES if field in value), key)
        checked = date.fromisoformat(value.get("checked", source["checked"]))
        yield Fact(name, section, called, str(source["what"]), checked)
    else:
        inner = value.items() if isinstance(value, dict) else enumerate(value, start=1)
        for at, row in inner:
            yield from _rows(name, section, sources, row, f"{key} {at}".strip())
