"""`threadlore report`: what people ask, for the maintainers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threadlore.cli.common import print_json, settings_of
from threadlore.wiring import open_workspace


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command("report")(report)


def report(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option("--since", help="First day, or how far back: 2026-11-16, 7d, 4w.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Last day; default: the newest message.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder; default: report in the data folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Write what people asked, what is open and what waits for you to one Markdown file."""
    with open_workspace(settings_of(context)) as workspace:
        folder = out or workspace.settings.data / "report"
        bundle, changed = workspace.publish("report", folder, since, until)
    if as_json:
        print_json({"changed": [str(path) for path in changed], "bundle": bundle.model_dump(mode="json")})
        return
    typer.echo(f"{'Wrote' if changed else 'Unchanged:'} {folder / 'report.md'}")
