"""`threadlore ingest`: files of every known format, and documentation."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from threadlore.cli.common import print_json, settings_of
from threadlore.cli.progress import progress_bar
from threadlore.types import Run
from threadlore.wiring import open_workspace

_DEFAULT = "files"
_OUTCOMES = ("read", "added", "changed", "unchanged", "refused", "skipped")

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
        help="Bring in files: `threadlore ingest PATH...`, or `threadlore ingest docs PATH`.",
    )
    group.command(_DEFAULT)(files)
    group.command("docs")(docs)
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


def print_ingest(run: Run, as_json: bool) -> None:
    """Print what came in, in which languages, and what was passed over."""
    if as_json:
        print_json(run.model_dump(mode="json"))
        return
    new = 0
    for stage in run.stages:
        if not stage.name.startswith("ingest "):
            typer.echo(f"{stage.name}: {_counts(stage.counts)} ({stage.seconds:.1f} s)")
            continue
        new += stage.counts.get("added", 0) + stage.counts.get("changed", 0)
        outcome = {name: stage.counts.get(name, 0) for name in _OUTCOMES}
        kinds = {
            name: count for name, count in stage.counts.items() if name not in outcome and ":" not in name
        }
        typer.echo(f"{stage.name.removeprefix('ingest ')}: {_counts(outcome)} ({stage.seconds:.1f} s)")
        typer.echo(f"  {_counts(kinds)}")
        languages = {
            name.removeprefix("language:"): count
            for name, count in sorted(stage.counts.items(), key=lambda pair: -pair[1])
            if name.startswith("language:")
        }
        if languages:
            typer.echo(f"  languages: {_counts(languages)}")
    _print_skipped(run)
    if not new:
        typer.echo("Nothing new.")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "nothing"


def _print_skipped(run: Run) -> None:
    shown = run.skipped[:20]
    for skipped in shown:
        typer.echo(f"skipped {skipped.item}: {skipped.reason}")
    if len(run.skipped) > len(shown):
        typer.echo(f"... and {len(run.skipped) - len(shown)} more: threadlore runs show {run.id} --json")
