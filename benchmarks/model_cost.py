"""Tokens and money of a run with a model, on real Discord threads against the plain model of the fakes.

    python benchmarks/model_cost.py --data DIR [--threads 60]

DIR holds `discord/meshcore_threads.jsonl.gz` (benchmarks/README.md names the data set). The plain model
copies instead of thinking; its replies have the form of a real one's. Tokens are counted as four characters
each, schema and instructions included.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from threadlore.testing.endpoint import FakeEndpoint, serving
from threadlore.testing.plain_model import answer

PRICES = {"fake": (0.15, 0.60)}
"""A small model's prices, in dollars for a million tokens in and out."""

TARGET_IN, TARGET_OUT = 1200, 250


def as_threadlore(thread: dict[str, Any]) -> dict[str, Any]:
    """Return a thread of the data set as Threadlore JSONL."""
    messages = [
        {
            "id": message["id"],
            "author": message["author"],
            "at": message["timestamp"],
            "text": message["content"],
            "role": "bot" if message["isBot"] else "member",
            "reply_to": message["reference"],
        }
        for message in thread["messages"]
        if message["type"] != "System"
    ]
    return {
        "type": "thread",
        "id": thread["thread_id"],
        "title": thread["title"],
        "channel": thread["parent"],
        "messages": messages,
    }


def threadlore(folder: Path, url: str, *words: str) -> str:
    """Run a command on the data folder and return what it printed."""
    environment = {
        **os.environ,
        "THREADLORE_MODEL_URL": url,
        "THREADLORE_PRICES": json.dumps(PRICES),
        "THREADLORE_MODEL_AT_ONCE": "16",
    }
    command = [sys.executable, "-c", "from threadlore.cli import main; main()", "--data", str(folder), *words]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    """Ingest the threads, analyse them with the plain model, print what each prompt took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=0, help="0: all")
    parser.add_argument("--keep", type=Path, help="data folder to write; a temporary one otherwise")
    given = parser.parse_args()
    with gzip.open(given.data / "discord" / "meshcore_threads.jsonl.gz", "rt", encoding="utf-8") as file:
        threads = [json.loads(line) for line in file]
    threads = threads[: given.threads or None]
    with tempfile.TemporaryDirectory() as scratch, serving(FakeEndpoint(answer)) as endpoint:
        folder = given.keep or Path(scratch) / "data"
        lines = Path(scratch) / "threads.jsonl"
        lines.write_text("".join(json.dumps(as_threadlore(one)) + "\n" for one in threads), encoding="utf-8")
        threadlore(folder, endpoint.url, "ingest", str(lines), "--source", "discord:meshcore")
        run = json.loads(threadlore(folder, endpoint.url, "analyze", "--model", "fake", "--yes", "--json"))
        print(threadlore(folder, endpoint.url, "runs", "show", run["id"]))
    counts = {stage["name"]: stage["counts"] for stage in run["stages"]}
    read = counts["distil"]["conversations"]
    tokens = run["tokens_in"] / read, run["tokens_out"] / read
    print(f"{read} conversations: {tokens[0]:.0f} tokens in, {tokens[1]:.0f} out each")
    sent = read - counts["distil"].get("not_sent", 0)
    paid = run["tokens_in"] / sent, run["tokens_out"] / sent
    print(f"of these {sent} were sent: {paid[0]:.0f} in, {paid[1]:.0f} out each")
    held = paid[0] < TARGET_IN and paid[1] < TARGET_OUT
    print(f"under {TARGET_IN} in and {TARGET_OUT} out: {'yes' if held else 'no'}")
    print(f"{run['cost'] / read * 1000:.3f} dollars for 1,000 conversations")


if __name__ == "__main__":
    main()
