"""How long a warm answer takes: `ask_latency.py [--entries 2000] [--phrasings 5] [--questions 200]`.

Made-up entries and the hashing embedder: what is measured is everything but the embedding model.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from threadlore.settings import load_settings
from threadlore.types import EntryState, FaqEntry
from threadlore.wiring import open_workspace

AT = datetime(2026, 1, 1, tzinfo=UTC)


def made_up(entries: int, phrasings: int, seed: int) -> tuple[list[FaqEntry], list[str]]:
    """Return entries with questions of random words, and the words."""
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdefghilmnoprstu", k=rng.randint(4, 9))) for _ in range(4000)]

    def text(size: int) -> str:
        return " ".join(rng.choices(words, k=size))

    made = [
        FaqEntry(
            id=f"e{number}",
            question=text(9),
            paraphrases=tuple(text(8) for _ in range(phrasings - 1)),
            answer=text(120),
            state=EntryState.APPROVED,
            created_at=AT,
            updated_at=AT,
        )
        for number in range(entries)
    ]
    return made, words


async def measure(answerer: object, questions: list[str]) -> list[tuple[float, float]]:
    """Return wall and CPU milliseconds of each answer; the first one, which prepares, is left out."""
    taken = []
    for question in questions:
        wall, cpu = time.perf_counter(), time.process_time()
        await answerer.answer(question)  # type: ignore[attr-defined]
        taken.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
    print(f"first answer: {taken[0][0] / 1000:.1f} s")
    return taken[1:]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=2000)
    parser.add_argument("--phrasings", type=int, default=5)
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args()
    entries, words = made_up(options.entries, options.phrasings, 7)
    rng = random.Random(8)
    questions = [
        " ".join(rng.sample(entry.question.split(), 5)) for entry in rng.choices(entries, k=options.questions)
    ]
    questions = [f"{text} {' '.join(rng.choices(words, k=3))}" for text in questions]
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data=Path(folder) / "data", embedder="hashing")
        with open_workspace(settings) as workspace:
            workspace.records.save_entries(entries)
            taken = asyncio.run(measure(workspace.answerer, questions))
    for name, column in (("wall", 0), ("CPU", 1)):
        values = sorted(item[column] for item in taken)
        print(f"{name}: p50 {values[len(values) // 2]:.0f} ms, p95 {values[int(len(values) * 0.95)]:.0f} ms")


if __name__ == "__main__":
    main()
