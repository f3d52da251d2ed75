"""Kill -9 at random moments of ingest and analyze, then rerun: nothing lost, nothing doubled.

    python benchmarks/kills.py --kills 30 [--embedder hashing] [--sample FILE]

An unbroken run and a run that is killed again and again over the same input must hold the same
messages, questions, topics, entries and vectors in the end.
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


def run_whole(job: list[list[str]], env: dict[str, str]) -> float:
    """Run every command to its end; return the seconds it took."""
    started = time.perf_counter()
    for command in job:
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def run_killed(job: list[list[str]], env: dict[str, str], kills: int, span_s: float) -> int:
    """Run the job, killing it `kills` times at random moments; return how many kills hit."""
    moments = random.Random(SEED)
    hit = 0
    while hit < kills:
        for command in job:
            process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(timeout=moments.uniform(0.2, span_s))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                hit += 1
                print(f"kill {hit} of {kills}: {' '.join(command[1:3])}", flush=True)
                if hit == kills:
                    break
    return hit


def snapshot(data: Path) -> dict[str, frozenset[str]]:
    """Return the ids of everything that a data folder holds."""
    from threadlore.store.records import Records

    records = Records(data)
    try:
        questions = records.questions()
        topics = records.topics()
        entries = records.entries()
        messages = {key for question in questions for key in (*question.message_ids, *question.evidence)}
        return {
            "messages of questions": frozenset(messages),
            "message count": frozenset([str(records.counts().messages)]),
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
    with resources.as_file(resources.files("threadlore") / "sample") as sample:
        job = commands(sample / "threads.jsonl", sample / "docs")
        whole, killed = (
            environment(folder / "whole", options.embedder),
            environment(folder / "killed", options.embedder),
        )
        seconds = run_whole(job, whole)
        hits = run_killed(job, killed, options.kills, seconds / len(job) * 1.5)
        run_whole(job, killed)
    expected, found = snapshot(folder / "whole"), snapshot(folder / "killed")
    wrong = 0
    for name, values in expected.items():
        missing, extra = len(values - found[name]), len(found[name] - values)
        wrong += missing + extra
        print(f"{name}: {len(values)} expected, {missing} missing, {extra} too many")
    verify = [job[0][0], "store", "verify"]
    wrong += subprocess.run(verify, env=killed, check=False).returncode
    print(f"{hits} kills, {wrong} differences")
    shutil.rmtree(folder)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
