"""What a run of ingest did, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from threadlore.cli.common import print_json

if TYPE_CHECKING:  # records are slow to import, and every command imports this file
    from threadlore.types import Run

_OUTCOMES = ("read", "added", "changed", "unchanged", "refused", "skipped")


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
