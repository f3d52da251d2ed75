"""`threadlore ingest`: files of every known format, documentation, and what is live."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from threadlore.cli.common import settings_of
from threadlore.cli.discord import discord
from threadlore.cli.ingested import print_ingest
from threadlore.cli.progress import progress_bar
from threadlore.wiring import open_workspace

_DEFAULT = "files"

_Source = Annotated[
    str | None,
    typer.Option("--source", help="Name where files say none, as kind:instance; the same every time."),
]
_Url = Annotated[str, typer.Option("--url", help="Base of links where the files carry none.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the run as JSON.")]


class PathsOrCommand(TyperGroup):
    """A group whose first argument may be a path: then the command is `files`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command in front of what names no command."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add `ingest` and `ingest docs`."""
    group = typer.Typer(
        cls=PathsOrCommand,
        no_args_is_help=True,
        help="Bring in files: `threadlore ingest PATH...`; or `ingest docs PATH`, or `ingest discord`.",
    )
    group.command(_DEFAULT)(files)
    group.command("docs")(docs)
    group.command("discord")(discord)
    app.add_typer(group, name="ingest")


def files(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="Files or folders; each file is recognised by content.")
    ],
    source: _Source = None,
    url: _Url = "",
    as_json: _Json = False,
) -> None:
    """Bring in exports and JSON files. Safe to repeat: what is known is not stored again."""
    with open_workspace(settings_of(context)) as workspace, progress_bar(not as_json) as progress:
        run = asyncio.run(workspace.ingest(paths, source, url, progress))
    print_ingest(run, as_json)


def docs(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder of Markdown, or a .tar.gz of one.")],
    version: Annotated[str, typer.Option("--version", help="Version that the pages describe.")] = "",
    source: _Source = None,
    url: _Url = "",
    as_json: _Json = False,
) -> None:
    """Bring in documentation, cut by heading: evidence for answers, and what is already covered."""
    with open_workspace(settings_of(context)) as workspace, progress_bar(not as_json) as progress:
        run = asyncio.run(workspace.ingest_docs(path, version, url, progress, source))
    print_ingest(run, as_json)
