"""`threadlore forget`: delete people, messages and threads for good."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.cli.progress import progress_bar
from threadlore.wiring import open_workspace


def register(app: typer.Typer) -> None:
    """Add `forget`."""
    app.command("forget")(forget)


def forget(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Pseudonym (u_...), native id of an author, or id of a message, thread or channel."
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Where the author writes; default: every known source.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List the authors who opted out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Delete what people wrote, with everything that came from it, and refuse it from now on."""
    if not names and not show:
        raise typer.BadParameter("Name whom to forget, or use --list.")
    with open_workspace(settings_of(context)) as workspace, progress_bar(not as_json) as progress:
        workspace.upkeep.require_records()
        if show:
            _show_list(workspace.upkeep.opted_out(), as_json)
            return
        done, rewritten = workspace.forget(names or [], source)
        waits = asyncio.run(workspace.upkeep.follow(progress))
    if as_json:
        print_json({"forgotten": [asdict(item) for item in done], "milvus": waits, "rewritten": rewritten})
    else:
        columns = ("name", "as", "messages", "threads", "questions", "topics", "entries")
        print_table(
            columns,
            [
                (item.name, item.as_what, r.messages, r.threads, r.questions, r.topics, r.entries)
                for item in done
                for r in (item.report,)
            ],
        )
        typer.echo(waits or "Milvus and the published files no longer hold it.")
    if waits:
        raise typer.Exit(3)


def _show_list(pseudonyms: list[str], as_json: bool) -> None:
    if as_json:
        print_json(pseudonyms)
    else:
        typer.echo("\n".join(pseudonyms) or "Nobody opted out.")
