"""`threadlore bench TASK`: measure the real functions on labelled data of your own."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Annotated, Any

import typer

from threadlore import bench
from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.errors import BadInput, NotFound

_HELPERS = {"io"}


def task_names() -> list[str]:
    """Return the tasks: every module of `threadlore.bench` that does not only help the others."""
    return sorted(found.name for found in pkgutil.iter_modules(bench.__path__) if found.name not in _HELPERS)


def run_task(task: str, offered: dict[str, Any]) -> dict[str, Any]:
    """Call `run` of a task with those of the values `offered` that it takes; return its counts.

    Raises:
        NotFound: there is no such task.
        BadInput: the task needs a value that was not given.
    """
    if task not in task_names():
        raise NotFound(f"There is no bench task {task!r}.", f"Tasks: {', '.join(task_names())}.")
    run = importlib.import_module(f"threadlore.bench.{task}").run
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(run).parameters.items():
        if offered.get(name) is not None:
            given[name] = offered[name]
        elif parameter.default is inspect.Parameter.empty:
            raise BadInput(f"The task {task!r} needs --{name}.", f"Add --{name} FILE.")
    return dict(run(**given))


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("bench")
    def command(
        context: typer.Context,
        task: Annotated[str, typer.Argument(help=f"One of: {', '.join(task_names())}.")],
        data: Annotated[Path, typer.Option("--data", help="Labelled data, .jsonl or .jsonl.gz.")],
        predictions: Annotated[Path, typer.Option("--predictions", help="File to write.")],
        faq: Annotated[Path | None, typer.Option("--faq", help="FAQ entries, for match.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Run the real functions on labelled data; the labels are never read."""
        offered = {"data": data, "predictions": predictions, "faq": faq, "settings": settings_of(context)}
        counts = run_task(task, offered)
        if as_json:
            print_json(counts)
        else:
            print_table(("what", "value"), counts.items(), title=f"bench {task}")
