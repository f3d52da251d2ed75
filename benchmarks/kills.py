"""Kill -9 at random moments of ingest and analyze, then rerun: nothing lost, nothing doubled.

    python benchmarks/kills.py --kills 30 [--embedder hashing]

An unbroken run and one whose commands were killed again and again must hold the same messages, questions,
topics, entries and vectors in the end. Each folder is filled anew, so that every kill hits real work.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib import resources
from pathlib import Path

NOW = "2026-11-16T00:00:00+00:00"
SEED = 7
KILLS_A_ROUND = 10
"""How often the commands of a folder are killed before they are let through, by the time they take."""


def environment(data: Path, embedder: str) -> dict[str, str]:
    """Return the settings of a run in `data`, with the clock held still."""
    return {
        **os.environ,
        "THREADLORE_DATA": str(data),
        "THREADLORE_EMBEDDER": embedder,
        "THREADLORE_PROFILE": "milvus",
        "THREADLORE_NOW": NOW,
    }


def commands(sample: Path, docs: Path) -> list[list[str]]:
    """Return the commands of the whole job."""
    threadlore = str(Path(sys.executable).with_name("threadlore"))
    return [
        [threadlore, "ingest", str(sample), "--source", "sample:kills"],
        [threadlore, "ingest", "docs", str(docs), "--version", "2.6"],
        [threadlore, "faq", "seed"],
        [threadlore, "analyze"],
    ]


def run_whole(job: list[list[str]], env: dict[str, str]) -> list[float]:
    """Run every command to its end; return the seconds that each took."""
    seconds = []
    for command in job:
        started = time.perf_counter()
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return seconds


def run_killed(
    job: list[list[str]], env: dict[str, str], spans: list[tuple[float, float]], moments: random.Random
) -> int:
    """Run the job; kill each command at random moments of its span, start it again, and let it end.

    `spans` are the seconds from the end of the imports to the end of the process. Returns how many kills
    hit a process that was still running.
    """
    hit = 0
    work = sum(last - first for first, last in spans)
    for command, (first, last) in zip(job, spans, strict=True):
        for _ in range(max(1, round(KILLS_A_ROUND * (last - first) / work))):
            process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            moment = moments.uniform(first, last)
            try:
                process.wait(timeout=moment)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                hit += 1
                print(f"  killed {' '.join(command[1:3])} after {moment:.1f} of {last:.1f} s", flush=True)
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return hit


def snapshot(data: Path) -> dict[str, frozenset[str]]:
    """Return the ids of everything that a data folder holds."""
    from threadlore.store.records import Records

    records = Records(data)
    try:
        questions = records.questions()
        topics = records.topics()
        entries = records.entries()
        return {
            "messages": frozenset(records.database.column("SELECT id FROM messages")),
            "threads": frozenset(records.database.column("SELECT id FROM threads")),
            "documents": frozenset(records.database.column("SELECT id FROM documents")),
            "questions": frozenset(
                f"{question.id} {question.text} {question.status}" for question in questions
            ),
            "topics": frozenset(f"{topic.id} {topic.label} {sorted(topic.question_ids)}" for topic in topics),
            "entries": frozenset(f"{entry.id} {entry.state} {entry.answer}" for entry in entries),
        }
    finally:
        records.close()


def main() -> None:
    """Compare a killed run with an unbroken one; end with 1 when they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--embedder", default="hashing")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    hits = wrong = rounds = 0
    moments = random.Random(SEED)
    with resources.as_file(resources.files("threadlore") / "sample") as sample:
        job = commands(sample / "threads.jsonl", sample / "docs")
        threadlore = job[0][0]
        whole = environment(folder / "whole", options.embedder)
        seconds = run_whole(job, whole)
        imports = run_whole([[threadlore, "runs", "list"]], whole)[0]
        spans = [(min(imports, 0.8 * one), one) for one in seconds]
        expected = snapshot(folder / "whole")
        while hits < options.kills:
            killed = environment(folder / "killed", options.embedder)
            hits += run_killed(job, killed, spans, moments)
            rounds += 1
            wrong += differences(expected, snapshot(folder / "killed"))
            verified = subprocess.run([threadlore, "store", "verify"], env=killed, check=False)
            wrong += verified.returncode
            shutil.rmtree(folder / "killed")
    shutil.rmtree(folder)
    print(f"{hits} kills over {rounds} folders: {wrong} differences from the unbroken run")
    raise SystemExit(1 if wrong else 0)


def differences(expected: dict[str, frozenset[str]], found: dict[str, frozenset[str]]) -> int:
    """Print what is missing and what is too many, and return how many."""
    wrong = 0
    for name, values in expected.items():
        missing, extra = values - found[name], found[name] - values
        wrong += len(missing) + len(extra)
        print(f"{name}: {len(values)} expected, {len(missing)} missing, {len(extra)} too many")
        for text in [*sorted(missing)[:3], *sorted(extra)[:3]]:
            print(f"    {text[:300]}")
    return wrong


if __name__ == "__main__":
    main()
