"""`threadlore faq`: the entries as files, the starter entries, and the check for what aged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.faq_folder import Imported

AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the group `faq`."""
    group = typer.Typer(help="The FAQ: list, files, starter entries, aged facts.", no_args_is_help=True)
    for command in (list_, export, import_, check, seed):
        group.command(command.__name__.rstrip("_"))(command)
    app.add_typer(group, name="faq")


def list_(
    context: typer.Context,
    state: Annotated[str, typer.Option("--state", help="draft, approved, rejected or stale.")] = "",
    as_json: AsJson = False,
) -> None:
    """List entries."""
    with open_workspace(settings_of(context)) as workspace:
        entries = [one for one in workspace.records.entries() if state in ("", one.state)]
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in entries])
        return
    rows = [(one.id, one.state, one.area, one.checked_at or "", one.question) for one in entries]
    print_table(("id", "state", "area", "checked", "question"), rows)


def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder for a Markdown file an entry.")],
    private: Annotated[bool, typer.Option("--private", help="Also what came from private places.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write every entry as a Markdown file; edit them, then `faq import`."""
    from threadlore.faq_folder import export_folder
    from threadlore.types import Visibility

    with open_workspace(settings_of(context)) as workspace:
        entries = workspace.records.entries()
    shown = [one for one in entries if private or one.visibility is Visibility.PUBLIC]
    done = export_folder([one for one in shown if not one.merged_into], folder)
    if as_json:
        print_json(
            {"written": done.written, "removed": done.removed, "kept": done.kept, "unchanged": done.unchanged}
        )
        return
    typer.echo(f"{len(done.written)} written, {done.unchanged} unchanged, {len(done.removed)} removed.")
    if len(shown) < len(entries):
        typer.echo(f"{len(entries) - len(shown)} private entries left out; --private writes them.")
    for name in done.kept:
        typer.secho(f"{name} was edited and is kept: `threadlore faq import {folder}` first.", fg="yellow")


def import_(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of Markdown files, one an entry.")],
    as_json: AsJson = False,
) -> None:
    """Bring in edited or foreign FAQ files. What is there already is never doubled."""
    with open_workspace(settings_of(context)) as workspace:
        done = workspace.import_faq(folder)
    _report(done, as_json)


def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Find what aged in approved entries: they turn stale, and wait for review with what holds now."""
    with open_workspace(settings_of(context)) as workspace:
        found = workspace.check_facts()
    if as_json:
        print_json([{"id": entry.id, "reasons": list(entry.review_reasons)} for entry in found])
        return
    for entry in found:
        typer.secho(f"{entry.id}  {entry.question}", bold=True)
        for reason in entry.review_reasons:
            typer.echo(f"  {reason}")
    typer.echo(f"{len(found)} entries state what no longer holds." if found else "Nothing aged.")


def seed(context: typer.Context, as_json: AsJson = False) -> None:
    """Bring in the profile's starter entries; safe to run again."""
    with open_workspace(settings_of(context)) as workspace:
        done = workspace.seed()
    _report(done, as_json)


def _report(done: Imported, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "added": done.added,
                "changed": done.changed,
                "proposed": done.proposed,
                "unchanged": done.unchanged,
                "skipped": [{"file": name, "reason": reason} for name, reason in done.skipped],
            }
        )
        return
    typer.echo(
        f"{len(done.added)} added, {len(done.changed)} changed, {len(done.proposed)} proposed as revisions, "
        f"{done.unchanged} unchanged, {len(done.skipped)} skipped."
    )
    for name, reason in done.skipped:
        typer.secho(f"skipped {name}: {reason}", fg="yellow", err=True)
