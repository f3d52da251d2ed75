"""`threadlore demo`: the whole job on a bundled sample."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.progress import progress_bar
from threadlore.errors import BadInput
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.demo import DemoResult


def register(app: typer.Typer) -> None:
    """Add `demo`."""
    app.command("demo")(demo)


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for data and pages.")] = Path("threadlore-demo"),
) -> None:
    """Run the whole job on a sample that was written for it, and say where to look."""
    from threadlore.demo import run_demo
    from threadlore.settings import load_settings

    if out.exists() and any(out.iterdir()) and not (out / "data").is_dir():
        raise BadInput(f"{out} holds something else.", "Choose another folder with --out.")
    settings = load_settings(data=out / "data", profile="milvus")
    with open_workspace(settings) as workspace, progress_bar() as progress:
        result = asyncio.run(run_demo(workspace, out, typer.echo, progress))
    _say_where(result)


def _say_where(result: DemoResult) -> None:
    typer.echo(f"Done in {result.seconds:.0f} s; {result.approved} mined entries passed every check.\n")
    for question, answer in result.answers:
        typer.secho(f"> {question}", bold=True)
        typer.echo(f"{answer.text.strip()}\n")
    typer.echo(f"Report for maintainers: {result.report / 'report.md'}")
    typer.echo(f"FAQ pages:              {result.site / 'index.md'}")
