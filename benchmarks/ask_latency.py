"""How long one answer takes from a warm store, without a model.

    python benchmarks/ask_latency.py --phrasings 10000 [--questions 200] [--embedder local]

The FAQ is made up: a fourth as many approved entries as phrasings, each with a question and three other
wordings, in a scratch folder with Milvus Lite. With `--embedder hashing` embedding costs nothing: add what
one short text takes on the local model, which `--embedder local` includes.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from speed import SUBJECTS, VERBS

from threadlore.settings import load_settings
from threadlore.types import EntryOrigin, EntryState, FaqEntry
from threadlore.wiring import Workspace, open_workspace

SEED = 7
WORDINGS = 4
WARM_UP = 5
AT = datetime(2026, 11, 1, tzinfo=UTC)


def made_up(number: int) -> FaqEntry:
    """Return an approved entry with four wordings in words that many entries share."""
    source = random.Random(SEED + number)
    one, two, three = source.sample(SUBJECTS, 3)
    verb = source.choice(VERBS)
    wordings = [
        f"Why {one} with {two} {verb} when {three} has {number} rows?",
        f"{one} {verb} with {two} and {three} {number}",
        f"How to stop that {one} {verb} after {two} of {three} {number}?",
        f"{three} {number}: {two} and then {one} {verb}, what now?",
    ]
    return FaqEntry(
        id=f"made-{number}",
        question=wordings[0],
        paraphrases=tuple(wordings[1:WORDINGS]),
        answer=f"Raise the limit of {one} to {10 * number} and restart {two}.",
        state=EntryState.APPROVED,
        origin=EntryOrigin.CURATED,
        created_at=AT,
        updated_at=AT,
    )


def questions(entries: int, count: int) -> list[str]:
    """Return questions that share words with entries, every fourth with nothing."""
    source = random.Random(SEED)
    found = []
    for number in range(count):
        words = made_up(source.randrange(entries)).question.split()
        source.shuffle(words)
        found.append("which pizza is best in Berlin?" if number % 4 == 3 else " ".join(words[:-2]))
    return found


async def measured(workspace: Workspace, asked: list[str]) -> tuple[list[float], list[float], float]:
    """Return wall and CPU milliseconds of each answer, and the seconds that the first one took."""
    await workspace.drain()
    started = time.perf_counter()
    await workspace.answerer.answer(asked[0])
    first = time.perf_counter() - started
    for text in asked[:WARM_UP]:
        await workspace.answerer.answer(text)
    walls, cpus = [], []
    for text in asked:
        wall, cpu = time.perf_counter(), time.process_time()
        await workspace.answerer.answer(text)
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    return sorted(walls), sorted(cpus), first


def main() -> None:
    """Fill a scratch folder, ask, and print the middle and the 95th percentile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phrasings", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--embedder", default="hashing")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    entries = options.phrasings // WORDINGS
    settings = load_settings(data=folder / "data", embedder=options.embedder, profile="milvus")
    try:
        with open_workspace(settings) as workspace:
            workspace.records.save_entries([made_up(number) for number in range(entries)])
            asked = questions(entries, options.questions)
            walls, cpus, first = asyncio.run(measured(workspace, asked))
    finally:
        shutil.rmtree(folder)
    middle, high = len(walls) // 2, int(len(walls) * 0.95)
    print(f"{options.phrasings} phrasings, {options.embedder}, first answer {first:.1f} s; then, in ms:")
    print(f"wall: median {walls[middle]:.0f}, p95 {walls[high]:.0f}; CPU: median {cpus[middle]:.0f}, "
          f"p95 {cpus[high]:.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
