"""The facts about indexes: rows of `data/indexes.json`, and versions of Milvus that can be compared."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from threadlore.tools.arguments import ToolInputError
from threadlore.tools.tables import table

Version = tuple[int, ...]

TABLE = "indexes"


@cache
def _rows(section: str) -> dict[str, dict[str, Any]]:
    key = "index" if section == "indexes" else "name"
    return {row[key]: row for row in table(TABLE)[section]}


def index_rows() -> dict[str, dict[str, Any]]:
    """Return the rows of all indexes by name, in the order of the table."""
    return _rows("indexes")


def row(section: str, name: str) -> dict[str, Any]:
    """Return a row by its name.

    Raises:
        KeyError: there is none.
    """
    return _rows(section)[name]


def threshold(name: str) -> float:
    """Return a number that decides, by its name in the table."""
    return float(row("thresholds", name)["value"])


def parameter_rows(index: str, stage: str) -> list[dict[str, Any]]:
    """Return the rows of an index's parameters for `build`, `search` or `config`."""
    return [one for one in table(TABLE)["parameters"] if one["index"] == index and one["stage"] == stage]


def version_key(text: str) -> Version:
    """Return a version of the table as numbers to compare.

    >>> version_key("2.6.4") > version_key("2.6")
    True
    """
    return tuple(int(part) for part in text.split("."))


_VERSION = re.compile(r"v?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,4}|x))?(?:[-+.][\w.\-]{1,40})?", re.IGNORECASE)


def read_version(text: str) -> Version:
    """Return a product version as numbers; without a third number its latest release is meant.

    Raises:
        ToolInputError: it is no version, or one that the facts do not cover.
    """
    parts = _VERSION.fullmatch(text.strip())
    known = ", ".join(_rows("releases"))
    if parts is None:
        raise ToolInputError(f"milvus_version is {text[:60]!r}, which is no version.", f"Use one of {known}.")
    name = f"{int(parts[1])}.{int(parts[2])}"
    if name not in _rows("releases"):
        raise ToolInputError(
            f"Nothing is known here of Milvus {name}: the facts cover {known}.", f"Use one of {known}."
        )
    if parts[3] is None or parts[3] in "xX":
        return version_key(row("releases", name)["latest"])
    return (*version_key(name), int(parts[3]))


def has(version: Version, needed: str) -> bool:
    """Tell whether a version is `needed` or later."""
    return version >= version_key(needed)


def show_version(version: Version) -> str:
    """Return a version as it is written."""
    return ".".join(map(str, version))
