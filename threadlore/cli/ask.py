"""`threadlore ask`: one question, answered from approved entries and tools, or not at all."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.common import print_json, readable, settings_of
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.seams import Answer
    from threadlore.wiring import Workspace


def _print(answer: Answer) -> None:
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.markup import escape

    console = Console()
    console.print(Markdown(answer.text))
    facts = [
        f"True for {answer.applies_to}" if answer.applies_to else "",
        f"checked on {answer.checked}" if answer.checked else "",
        f"entry {answer.entry_id}" if answer.entry_id else "",
        f"tool: threadlore tool {answer.tool}" if answer.tool and answer.kind == "answered" else "",
    ]
    line = " · ".join(fact for fact in facts if fact)
    if line:
        console.print(f"\n[dim]{line}[/dim]", highlight=False)
    if answer.sources:
        typer.echo("\nSources:")
    for source in answer.sources:
        typer.echo(f"- {source.label} {source.url}".rstrip())
        if source.quote:
            typer.echo(f'  "{source.quote}"')
    if answer.closest:
        typer.echo("\nClosest entries:")
        for entry, question in answer.closest:
            typer.echo(f"- {question} ({entry})")
    if answer.related:
        typer.echo("\nSettled threads, not reviewed:")
        for thread in answer.related:
            typer.echo(f"- {thread.title} {thread.url}".rstrip())
            typer.echo(f"  {thread.answer}")
    if answer.model_failed:
        console.print(f"\n[dim]without the model: {escape(answer.model_failed)}[/dim]", highlight=False)


async def _answer(workspace: Workspace, question: str) -> Answer:
    await workspace.drain()
    return await workspace.answerer.answer(question)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("ask")
    def ask(
        context: typer.Context,
        question: Annotated[str, typer.Argument(callback=readable, help="A question, in your own words.")],
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Answer a question from approved entries and tools, or say that nothing is known."""
        with open_workspace(settings_of(context)) as workspace:
            answer = asyncio.run(_answer(workspace, question))
        if as_json:
            print_json(dataclasses.asdict(answer))
        else:
            _print(answer)
