"""`threadlore runs`: what earlier runs did, what they cost, and how each entry came about."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from threadlore.calls import EMBEDDING
from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.errors import NotFound
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.paths import EntryPath
    from threadlore.types import Run

Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def register(app: typer.Typer) -> None:
    """Add `runs`."""
    runs = typer.Typer(
        help="What earlier runs did; without a command: list them.", invoke_without_command=True
    )
    runs.callback()(runs_or_list)
    runs.command("list")(runs_list)
    runs.command("show")(runs_show)
    app.add_typer(runs, name="runs")


def runs_or_list(context: typer.Context) -> None:
    """List the runs where no command is given."""
    if context.invoked_subcommand is None:
        runs_list(context)


def runs_list(context: typer.Context, as_json: Json = False) -> None:
    """List runs, newest first."""
    with open_workspace(settings_of(context)) as workspace:
        runs = workspace.records.runs()
    if as_json:
        print_json([run.model_dump(mode="json") for run in runs])
        return
    rows = [
        (
            run.id,
            run.kind,
            f"{run.started_at:%m-%d %H:%M}",
            f"{(run.tokens_in + run.tokens_out) / 1000:.1f}k" if run.spending else "",
            f"{run.cost:.4f}" if run.cost else "",
            len(run.skipped),
            run.error or ("done" if run.finished_at else "broken off"),
        )
        for run in runs
    ]
    print_table(("run", "kind", "UTC", "tok.", "cost", "skip", "state"), rows)


def runs_show(
    context: typer.Context,
    run_id: Annotated[str, typer.Argument(help="Id of a run as `runs` prints it, or how it begins.")],
    entry: Annotated[
        str, typer.Option("--entry", help="Id of an entry, or how it begins: follow each sentence back.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show what one run counted, cost and passed over; with --entry, the path of an entry."""
    from threadlore.paths import entry_path

    with open_workspace(settings_of(context)) as workspace:
        run = find_run(workspace.records.runs(), run_id)
        path = entry_path(workspace.records, run.id, entry) if entry else None
        made = [trail.entry_id for trail in workspace.records.trails(run.id)]
    if path is not None:
        print_path(path, as_json)
        return
    print_run(run, as_json)
    if made and not as_json:
        typer.echo(f"wrote {len(made)} entries: {', '.join(made)}")


def find_run(runs: list[Run], key: str) -> Run:
    """Return the run with the id `key`, or the only one whose id begins with it.

    Raises:
        NotFound: there is none, or more than one.
    """
    begun = [run for run in runs if key and run.id.startswith(key.strip().removesuffix("…"))]
    exact = [run for run in begun if run.id == key]
    if len(found := exact or begun) != 1:
        raise NotFound(f"No run {key!r}.", "`threadlore runs` prints their ids.")
    return found[0]


def print_run(run: Run, as_json: bool) -> None:
    """Print what a run counted, what it cost by prompt, and what it skipped with the reasons."""
    if as_json:
        print_json(run.model_dump(mode="json"))
        return
    rows = [
        (
            stage.name,
            # What the agents counted stands in the rows of their nodes.
            ", ".join(f"{name} {count}" for name, count in stage.counts.items() if stage.name != "agents"),
            f"{stage.seconds:.1f} s",
        )
        for stage in run.stages
    ]
    print_table(("stage", "counted", "time"), rows, title=f"{run.kind} {run.id}")
    if run.spending:
        print_spending(run)
    for skipped in run.skipped[:20]:
        typer.echo(f"skipped {skipped.item}: {skipped.reason}")
    if len(run.skipped) > 20:
        typer.echo(f"... and {len(run.skipped) - 20} more: threadlore runs show {run.id} --json")


def print_spending(run: Run) -> None:
    """Print tokens and cost by prompt, and what that is for one conversation."""
    rows: list[tuple[object, ...]] = [
        (one.prompt, one.calls, one.reused, one.tokens_in, one.tokens_out, f"{one.cost:.4f}")
        for one in run.spending
    ]
    calls = sum(one.calls for one in run.spending)
    reused = sum(one.reused for one in run.spending)
    rows.append(("all", calls, reused, run.tokens_in, run.tokens_out, f"{run.cost:.4f}"))
    print_table(("prompt", "calls", "reused", "tokens in", "tokens out", "cost"), rows, title="model")
    counts = {stage.name: stage.counts for stage in run.stages}
    read = counts.get("distil", {}).get("conversations", 0)
    if read and calls:
        tokens_in = sum(one.tokens_in for one in run.spending if one.prompt != EMBEDDING)
        each = f"{tokens_in / read:.0f} in, {run.tokens_out / read:.0f} out"
        typer.echo(f"tokens a conversation: {each} ({read} conversations)")


def print_path(path: EntryPath, as_json: bool) -> None:
    """Print the path of an entry, sentence by sentence."""
    if as_json:
        print_json(_plain(path))
        return
    typer.echo(f"{path.entry_id} ({path.state}): {path.question}")
    typer.echo(f"written in {path.run_id} by {path.method}")
    for number, sentence in enumerate(path.sentences, start=1):
        trail = sentence.trail
        reason = f" ({trail.reason})" if trail.reason else ""
        typer.echo(f"\n{number}. {trail.text}")
        typer.echo(f"   {'kept' if trail.kept else 'cut'}: {trail.verdict}, says {trail.by}{reason}")
        for ground in sentence.grounds:
            typer.echo(f"   <- {ground.id} ({ground.told}) {ground.url}".rstrip())
            typer.echo(f"      {_line(ground.text)}")
    for call in path.calls:
        took = f"{call.tokens_in} tokens in, {call.tokens_out} out, {call.cost:.4f}"
        typer.echo(f"\n{call.prompt} by {call.model}: {took}")
        typer.echo(f"   paid in {call.run_id}, kept as {call.key}")


def _line(text: str, most: int = 300) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _plain(path: EntryPath) -> dict[str, Any]:
    return {
        "entry": path.entry_id,
        "question": path.question,
        "state": path.state,
        "run": path.run_id,
        "method": path.method,
        "calls": [call.model_dump(mode="json") for call in path.calls],
        "sentences": [
            one.trail.model_dump(mode="json") | {"grounds": [asdict(ground) for ground in one.grounds]}
            for one in path.sentences
        ],
    }
