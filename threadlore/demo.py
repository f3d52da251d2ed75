"""The demo: the whole job on the bundled sample, in a folder of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from threadlore import pipeline
from threadlore.review import approve
from threadlore.types import EntryState

if TYPE_CHECKING:
    from threadlore.runs import Progress
    from threadlore.seams import Answer
    from threadlore.wiring import Workspace

QUESTIONS = (
    "how much ram for 20M vectors 768 dim hnsw",
    "etcd keeps crashing on startup, what do I check?",
    "best pizza in Berlin?",
)
"""Asked at the end: one for a tool, one for the FAQ, one that nobody should answer."""

DOCS_VERSION, DOCS_URL = "2.6", "https://docs.example.com"
"""What the sample's documentation describes, and where it would stand."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo made: pages, approved entries, answers, and the seconds it took."""

    report: Path
    site: Path
    approved: int
    answers: tuple[tuple[str, Answer], ...]
    seconds: float


async def run_demo(
    workspace: Workspace, folder: Path, say: Callable[[str], None], progress: Progress
) -> DemoResult:
    """Ingest the sample, analyze it, approve what passed every check, publish, and ask.

    Only the demo approves by itself: in a real run a person does.
    """
    started = time.perf_counter()
    with resources.as_file(resources.files("threadlore") / "sample") as sample:
        say("Reading threads and documentation that were written for this demo ...")
        await workspace.ingest([sample / "threads.jsonl"], "sample:demo", "", progress)
        await workspace.ingest_docs(sample / "docs", DOCS_VERSION, DOCS_URL, progress)
    seeded = workspace.seed()
    say(f"Starter entries of the {workspace.profile.product} profile: {len(seeded.added)}.")
    say("Finding what people ask ...")
    await pipeline.analyze(workspace.analysis(progress))
    approved = _approve_checked(workspace)
    await workspace.drain(progress)
    report, site = folder / "report", folder / "site"
    workspace.publish("report", report)
    workspace.publish("site", site)
    answers = tuple([(question, await workspace.answerer.answer(question)) for question in QUESTIONS])
    return DemoResult(report, site, approved, answers, time.perf_counter() - started)


def _approve_checked(workspace: Workspace) -> int:
    ready = [
        entry.id
        for entry in workspace.records.entries()
        if entry.state is EntryState.DRAFT and not entry.review_reasons and not entry.merged_into
    ]
    for entry in ready:
        approve(workspace.records, entry, workspace.clock.now(), by="demo")
    return len(ready)
