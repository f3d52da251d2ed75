"""`threadlore handover`: who asked for a person, and which calls are done."""

from __future__ import annotations

from typing import Annotated

import typer

from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.errors import NotFound
from threadlore.wiring import open_workspace


def register(app: typer.Typer) -> None:
    """Add `handover`."""
    group = typer.Typer(help="Calls for a person that came in by the bot.", no_args_is_help=True)
    group.command("list")(handover_list)
    group.command("done")(handover_done)
    app.add_typer(group, name="handover")


def handover_list(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the open calls, oldest first."""
    with open_workspace(settings_of(context)) as workspace:
        calls = workspace.help_desk.handovers()
    if as_json:
        print_json([call.model_dump(mode="json") for call in calls])
        return
    rows = [(call.id, f"{call.at:%Y-%m-%d %H:%M}", call.text[:80], call.url) for call in calls]
    print_table(("call", "at (UTC)", "about", "where"), rows)


def handover_done(
    context: typer.Context,
    call: Annotated[str, typer.Argument(help="Id of a call, as `handover list` prints it.")],
) -> None:
    """Take a call off the list."""
    with open_workspace(settings_of(context)) as workspace:
        if not workspace.help_desk.close_handover(call, workspace.clock.now()):
            raise NotFound(f"No open call {call!r}.", "`threadlore handover list` prints their ids.")
    typer.echo("Done.")
