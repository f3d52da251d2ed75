"""`threadlore store`: look after the data folder."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.cli.progress import progress_bar
from threadlore.wiring import Workspace, open_workspace

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the group `store`."""
    group = typer.Typer(no_args_is_help=True, help="Verify, rebuild, back up, restore, test the store.")
    for command in (verify, rebuild, backup, restore, selftest):
        group.command(command.__name__)(command)
    app.add_typer(group, name="store")


def verify(context: typer.Context, as_json: _Json = False) -> None:
    """Compare the records with Milvus, both ways. Exit code 1 when they differ."""
    with open_workspace(settings_of(context)) as workspace:
        workspace.upkeep.require_records()
        checks, problems = asyncio.run(workspace.upkeep.verify())
    if as_json:
        print_json({"collections": [asdict(check) for check in checks], "records": problems})
    else:
        names = ("collection", "expected", "found", "missing", "extra", "outdated", "waiting")
        print_table(
            names,
            [
                (c.collection, c.expected, c.found, c.missing_count, c.extra_count, c.outdated, c.waiting)
                for c in checks
            ],
        )
        for problem in problems:
            typer.echo(f"records: {problem}")
        agrees = not problems and all(check.agrees for check in checks)
        typer.echo("Records and Milvus agree." if agrees else "They differ: run `threadlore store rebuild`.")
    if problems or not all(check.agrees for check in checks):
        raise typer.Exit(1)


def rebuild(context: typer.Context, as_json: _Json = False) -> None:
    """Make all of Milvus anew from the records, and drop the old collections."""
    with open_workspace(settings_of(context)) as workspace, progress_bar(not as_json) as progress:
        workspace.upkeep.require_records()
        counts = asyncio.run(workspace.upkeep.rebuild(progress))
    if as_json:
        print_json(counts)
    else:
        print_table(("collection", "rows"), counts.items())


def backup(
    context: typer.Context,
    archive: Annotated[Path, typer.Argument(help="New file, .tar or .tar.gz, outside the data folder.")],
    as_json: _Json = False,
) -> None:
    """Write the whole data folder to one file, while others go on writing."""
    _carry(context, archive, as_json, restoring=False)


def restore(
    context: typer.Context,
    archive: Annotated[Path, typer.Argument(help="A file that `store backup` wrote.")],
    as_json: _Json = False,
) -> None:
    """Unpack a backup into a data folder that is missing or empty."""
    _carry(context, archive, as_json, restoring=True)


def _carry(context: typer.Context, archive: Path, as_json: bool, *, restoring: bool) -> None:
    upkeep = Workspace(settings_of(context)).upkeep
    report = upkeep.restore(archive) if restoring else upkeep.backup(archive)
    if as_json:
        print_json(asdict(report))
        return
    where = upkeep.folder if restoring else archive
    typer.echo(f"{where}: {report.files} files, {report.bytes / 1e6:.1f} MB")
    typer.echo(report.note or "Milvus Lite is in it.")


def selftest(
    context: typer.Context,
    uri: Annotated[
        str | None, typer.Option("--uri", help="Milvus to test; default: the one of the settings.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Check a Milvus in scratch collections, which are removed again. Exit code 1 when a check fails."""
    settings = settings_of(context, milvus_uri=uri)
    workspace = Workspace(settings)

    async def run() -> list[tuple[str, str, float]]:
        target = settings.milvus_uri or str(settings.data / "milvus.db")
        language = workspace.profile.language
        found = workspace.upkeep.selftest(target, settings.milvus_token, language)
        return [(outcome.name, outcome.problem, outcome.seconds) async for outcome in found]

    outcomes = asyncio.run(run())
    if as_json:
        print_json([{"check": name, "problem": problem, "seconds": s} for name, problem, s in outcomes])
    else:
        rows = [(name, problem or "ok", f"{seconds:.2f}") for name, problem, seconds in outcomes]
        print_table(("check", "result", "seconds"), rows)
    if any(problem for _, problem, _ in outcomes):
        raise typer.Exit(1)
