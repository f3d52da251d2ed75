"""`threadlore analyze`: from what was ingested to topics and drafts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.common import settings_of
from threadlore.cli.progress import progress_bar
from threadlore.cli.runs import print_run
from threadlore.errors import BadInput
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.wiring import Workspace


def register(app: typer.Typer) -> None:
    """Add `analyze`."""
    app.command("analyze")(analyze)


def analyze(
    context: typer.Context,
    model: Annotated[str | None, typer.Option("--model", help="Chat model; '' for none.")] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="OpenAI-compatible address of the model.")
    ] = None,
    budget: Annotated[float | None, typer.Option("--budget", help="Most that the run may cost.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, whatever the estimate says.")] = False,
    apart: Annotated[
        bool, typer.Option("--apart", help="Leave Milvus to the process that has it open, such as the bot.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> None:
    """Find what people ask: questions, topics, drafts. A rerun touches only what changed."""
    from threadlore import pipeline

    settings = settings_of(context, model=model, model_url=base_url, budget=budget)
    with open_workspace(settings) as workspace:
        agree(workspace, yes)
        with progress_bar(not as_json) as progress:
            run = asyncio.run(pipeline.analyze(workspace.analysis(progress, apart=apart)))
    print_run(run, as_json)


def agree(workspace: Workspace, yes: bool) -> None:
    """Show what a run will take of models behind endpoints, and ask when that may be too much.

    Too much is more than the settings allow unasked.
    What is not known to be free counts as too much: a model elsewhere without a price.

    Raises:
        BadInput: it has to be asked, and there is nobody to ask.
    """
    settings = workspace.settings
    estimate = workspace.models.estimate(workspace.records, workspace.profile)
    if estimate is None:
        return
    typer.echo(str(estimate), err=True)
    limit = settings.confirm_over
    most = min(estimate.cost, settings.budget) if settings.budget else estimate.cost
    known = not workspace.models.unpriced() or not estimate.conversations
    if yes or (known and most <= limit):
        return
    if not typer.get_text_stream("stdin").isatty():
        why = f"It may cost more than {limit:g} (confirm_over)" if known else "What it costs is not known"
        raise BadInput(
            f"{why}, and nobody can be asked.",
            "Run it with --yes, or with a --budget up to that; [prices] tells what a model costs.",
        )
    typer.confirm("Go on?", abort=True, err=True)
