"""`threadlore analyze`, `threadlore runs`: from what was ingested to topics and drafts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.cli.progress import progress_bar
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.types import Run


def register(app: typer.Typer) -> None:
    """Add `analyze` and `runs`."""
    app.command("analyze")(analyze)
    runs = typer.Typer(help="What earlier runs did.", no_args_is_help=True)
    runs.command("list")(runs_list)
    runs.command("show")(runs_show)
    app.add_typer(runs, name="runs")


def analyze(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> None:
    """Find what people ask: questions, topics, drafts. A rerun touches only what changed."""
    from threadlore import pipeline

    with open_workspace(settings_of(context)) as workspace, progress_bar(not as_json) as progress:
        run = asyncio.run(pipeline.analyze(workspace.analysis(progress)))
    print_run(run, as_json)


def runs_list(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List runs, newest first."""
    with open_workspace(settings_of(context)) as workspace:
        runs = workspace.records.runs()
    if as_json:
        print_json([run.model_dump(mode="json") for run in runs])
        return
    rows = [
        (run.id, run.kind, f"{run.started_at:%Y-%m-%d %H:%M}", len(run.skipped), run.error or "finished")
        for run in runs
    ]
    print_table(("run", "kind", "started (UTC)", "skipped", "state"), rows)


def runs_show(
    context: typer.Context,
    run_id: Annotated[str, typer.Argument(help="Id of a run, as `runs list` prints it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show what one run counted, and everything that it passed over."""
    from threadlore.errors import NotFound

    with open_workspace(settings_of(context)) as workspace:
        found = [run for run in workspace.records.runs() if run.id == run_id]
    if not found:
        raise NotFound(f"No run {run_id!r}.", "`threadlore runs list` prints their ids.")
    print_run(found[0], as_json)


def print_run(run: Run, as_json: bool) -> None:
    """Print what a run counted, and what it skipped with the reasons."""
    if as_json:
        print_json(run.model_dump(mode="json"))
        return
    rows = [
        (
            stage.name,
            ", ".join(f"{name} {count}" for name, count in stage.counts.items()),
            f"{stage.seconds:.1f} s",
        )
        for stage in run.stages
    ]
    print_table(("stage", "counted", "time"), rows, title=f"{run.kind} {run.id}")
    for skipped in run.skipped[:20]:
        typer.echo(f"skipped {skipped.item}: {skipped.reason}")
    if len(run.skipped) > 20:
        typer.echo(f"... and {len(run.skipped) - 20} more: threadlore runs show {run.id} --json")
