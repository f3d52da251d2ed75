"""The demo: the whole job on the bundled sample, in a folder of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from threadlore.types import EntryState

if TYPE_CHECKING:
    from threadlore.runs import Progress
    from threadlore.wiring import Workspace

QUESTIONS = (
    "how much ram for 20M vectors 768 dim hnsw",
    "etcd keeps crashing on startup, what do I check?",
    "best pizza in Berlin?",
)
"""Asked at the end: one for a tool, one for the FAQ, one that nobody should answer."""

DOCS_VERSION = "2.6"


@dataclass(frozen=True)
class DemoResult:
    """Where the demo's output lies, and what it counted."""

    report: Path
    site: Path
    approved: int
    answers: tuple[tuple[str, str], ...]
    seconds: float


async def run_demo(
    workspace: Workspace, folder: Path, say: Callable[[str], None], progress: Progress
) -> DemoResult:
    """Ingest the sample, analyze it, approve what passed every check, publish, and ask.

    Only the demo approves by itself: in a real run a person does.
    """
    from threadlore import pipeline

    started = time.perf_counter()
    with ExitStack() as stack:
        sample = stack.enter_context(resources.as_file(resources.files("threadlore") / "sample"))
        say("Reading the sample: threads and documentation written for this demo ...")
        await workspace.ingest([sample / "threads.jsonl"], "sample:demo", "", progress)
        await workspace.ingest_docs(sample / "docs", DOCS_VERSION, "", progress)
    seeded = workspace.seed()
    say(f"Starter entries of the {workspace.profile.product} profile: {seeded['added']} added.")
    say("Finding what people ask ...")
    run = await pipeline.analyze(workspace.analysis(progress))
    say(f"Run {run.id}: {sum(stage.seconds for stage in run.stages):.0f} s.")
    approved = _approve_checked(workspace)
    await workspace.drain(progress)
    report, site = folder / "report", folder / "site"
    pipeline.publish(
        workspace.bundle(), [(workspace.publisher("report"), report), (workspace.publisher("site"), site)]
    )
    answers = [(question, (await workspace.answerer.answer(question)).text) for question in QUESTIONS]
    return DemoResult(report, site, approved, tuple(answers), time.perf_counter() - started)


def _approve_checked(workspace: Workspace) -> int:
    from threadlore.review import approve

    ready = [
        entry
        for entry in workspace.records.entries()
        if entry.state is EntryState.DRAFT and not entry.review_reasons
    ]
    for entry in ready:
        approve(workspace.records, entry.id, by="demo", at=workspace.clock.now())
    return len(ready)


def run_demo_blocking(
    workspace: Workspace, folder: Path, say: Callable[[str], None], progress: Progress
) -> DemoResult:
    """Run the demo from the command line."""
    return asyncio.run(run_demo(workspace, folder, say, progress))
