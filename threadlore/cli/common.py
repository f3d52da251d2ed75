"""What the commands share: settings from the command line, and output for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from threadlore.settings import Settings


def settings_of(context: typer.Context, **overrides: Any) -> Settings:
    """Return the settings with what the command line gave: `--data`, `--profile` and `overrides`."""
    from threadlore.settings import load_settings

    given = {name: context.obj.get(name) for name in ("data", "profile")}
    return load_settings(**given, **overrides)


def readable(text: str) -> str:
    r"""Return what was typed with U+FFFD for bytes that are no UTF-8: a terminal may use another encoding.

    >>> readable("caf\udce9")
    'caf\ufffd'
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


LONGEST_ID = 32


def print_json(value: object) -> None:
    """Print `value` as JSON for programs."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print a table for people; an id in the first column stays whole, so that it can be copied."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    rows = list(rows)
    longest = max((len(str(row[0])) for row in rows), default=0)
    first, *others = (
        Column(name, no_wrap=number == 0 and longest <= LONGEST_ID, overflow="fold")
        for number, name in enumerate(columns)
    )
    table = Table(first, *others, title=title or None, header_style="bold")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    Console().print(table)
