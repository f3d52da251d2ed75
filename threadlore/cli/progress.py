"""Progress on the terminal, for anything that takes longer than two seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadlore.runs import Progress

PATIENCE_S = 2.0
"""Seconds before a bar appears."""


@contextmanager
def progress_bar(enabled: bool = True) -> Iterator[Progress]:
    """Yield a callback (stage, done, total) that draws bars on standard error.

    Nothing is drawn before two seconds have passed, nor when standard error is no terminal.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    started = time.perf_counter()
    tasks: dict[str, int] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(
        *columns, console=console, transient=True, disable=not (enabled and console.is_terminal)
    ) as bars:

        def show(stage: str, done: int, total: int) -> None:
            if time.perf_counter() - started < PATIENCE_S:
                return
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(bars.task_ids[tasks[stage]], completed=done, total=total)

        yield show
