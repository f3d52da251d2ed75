"""`threadlore site`: the approved entries as Markdown pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threadlore.cli.common import print_json, settings_of
from threadlore.wiring import open_workspace


def register(app: typer.Typer) -> None:
    """Add `site`."""
    app.command("site")(site)


def site(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder; default: site in the data folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Write the approved entries as Markdown pages; pages of removed entries go."""
    with open_workspace(settings_of(context)) as workspace:
        folder = out or workspace.settings.data / "site"
        bundle, changed = workspace.publish("site", folder)
    if as_json:
        print_json({"entries": len(bundle.entries), "changed": [str(path) for path in changed]})
        return
    written = sum(path.exists() for path in changed)
    typer.echo(
        f"{len(bundle.entries)} entries in {folder / 'index.md'}: "
        f"{written} pages written, {len(changed) - written} removed"
    )
