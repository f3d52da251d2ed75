"""Speed and memory of the real commands on made-up threads, as ratios in one run.

    python benchmarks/speed.py --questions 10000 [--embedder local]

With `--embedder hashing` embedding costs next to nothing, so what is measured is everything else.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TOPICS = 400
SEED = 7
SUBJECTS = (
    "etcd", "minio", "pulsar", "hnsw", "ivf", "diskann", "compaction", "backup", "restore", "upgrade", "helm",
    "docker", "memory", "latency", "recall", "partition", "schema", "delete", "upsert", "import", "export",
    "metric", "embedding", "replica", "shard", "segment", "flush", "load", "index", "query",
)  # fmt: skip
VERBS = ("crashes", "is slow", "fails", "hangs", "loses rows", "uses too much", "times out", "does not start")


@dataclass(frozen=True)
class Cost:
    """What a command took: CPU seconds, wall seconds, and peak memory in MiB."""

    cpu_s: float
    wall_s: float
    peak_mib: float


def measure(arguments: list[str], environment: dict[str, str]) -> Cost:
    """Run a command and return what it cost, by the kernel's own accounting."""
    started = time.perf_counter()
    process = subprocess.Popen(arguments, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024)


def make_threads(path: Path, first: int, count: int) -> None:
    """Write `count` threads of two messages: a question in one of many topics, and an answer."""
    source = random.Random(SEED + first)
    with path.open("w", encoding="utf-8") as file:
        for number in range(first, first + count):
            topic = source.randrange(TOPICS)
            words = random.Random(topic).sample(SUBJECTS, 4)
            source.shuffle(words)
            one, two, three, four = words
            text = f"Why {one} with {two} {source.choice(VERBS)} when {three} and {four} run {number}?"
            asked, answered = f"2026-0{1 + number % 9}-11T10:00:00Z", f"2026-0{1 + number % 9}-11T11:00:00Z"
            messages = [
                {"id": f"q{number}", "author": f"asker{number % 5000}", "at": asked, "text": text},
                {"id": f"a{number}", "author": "helper", "role": "helper", "at": answered,
                 "reply_to": f"q{number}",
                 "text": f"Raise the limit of {one} to {10 * (topic + 1)} and restart {two}."},
            ]  # fmt: skip
            thread = {
                "type": "thread",
                "id": f"t{number}",
                "title": text[:60],
                "channel": "help",
                "messages": messages,
            }
            file.write(json.dumps(thread) + "\n")


def main() -> None:
    """Measure a first run, a rerun with nothing new, and a rerun with one percent new."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--embedder", default="hashing")
    parser.add_argument("--keep", type=Path, help="Keep the data folder here.")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    environment = {
        "THREADLORE_DATA": str(options.keep or folder / "data"),
        "THREADLORE_EMBEDDER": options.embedder,
        "THREADLORE_PROFILE": "milvus",
    }
    threadlore = str(Path(sys.executable).with_name("threadlore"))
    make_threads(folder / "first.jsonl", 0, options.questions)
    make_threads(folder / "more.jsonl", options.questions, max(1, options.questions // 100))
    steps = {
        "--help": ["--help"],
        "tool size": ["tool", "size", "--vectors", "50M", "--dim", "768", "--index", "HNSW"],
        "ingest": ["ingest", str(folder / "first.jsonl"), "--source", "made"],
        "analyze": ["analyze"],
        "ingest again": ["ingest", str(folder / "first.jsonl"), "--source", "made"],
        "analyze again": ["analyze"],
        "ingest 1 % more": ["ingest", str(folder / "more.jsonl"), "--source", "made"],
        "analyze 1 % more": ["analyze"],
    }
    costs = {}
    print(f"| {options.questions} questions, {options.embedder} | CPU s | wall s | peak MiB |")
    print("|---|---|---|---|")
    for name, arguments in steps.items():
        costs[name] = cost = measure([threadlore, *arguments], environment)
        print(f"| {name} | {cost.cpu_s:.2f} | {cost.wall_s:.2f} | {cost.peak_mib:.0f} |", flush=True)
    first = costs["ingest"].cpu_s + costs["analyze"].cpu_s
    for share in ("again", "1 % more"):
        again = costs[f"analyze {share}"].cpu_s
        both = again + costs[f"ingest {share}"].cpu_s
        print(f"{share}: analyze {again / first:.1%} of the first run's CPU, with ingest {both / first:.1%}")
    print(f"CPU a question: {1000 * costs['analyze'].cpu_s / options.questions:.2f} ms")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
