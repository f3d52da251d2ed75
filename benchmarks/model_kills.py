"""Kill -9 at random moments of a run with a model, then rerun: nothing is paid for twice.

    python benchmarks/model_kills.py --topics 300 --kills 20

The model is a fake in a process of its own. The killed process writes down every request by its key before it
is sent; after each kill the keys of the replies that its records hold are read. A key that is asked for again
after that is a call made twice. In the end the FAQ must be that of an unbroken run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from threadlore.chat import ChatModel, ChatReply, ChatRequest, Output
from threadlore.testing.made_up import write_forum
from threadlore.testing.serve import in_own_process

SEED = 7
NOW = "2026-11-16T00:00:00+00:00"
WAIT_S = 0.25
"""Seconds that each answer takes, so that calls are under way when a kill comes."""

RECEIVED = "received.jsonl"
"""Log of the fake."""

LATER_S = (0.1, 0.4, 4.0)
"""A kill comes up to so many seconds after the call that it waits for: inside it, or after it."""


@dataclass
class Outcome:
    """What the killed runs did.

    `sent` are requests that the model received, `needed` those of as many unbroken runs: the rest were under
    way at a kill. `twice` are calls whose reply was in the records when they were made.
    """

    kills: int = 0
    folders: int = 0
    twice: int = 0
    sent: int = 0
    needed: int = 0
    differences: list[str] = field(default_factory=list)


def environment(data: Path, url: str) -> dict[str, str]:
    """Return the settings of a run in `data`, with the clock held still."""
    return {
        **os.environ,
        "THREADLORE_DATA": str(data),
        "THREADLORE_EMBEDDER": "hashing",
        "THREADLORE_NOW": NOW,
        "THREADLORE_MODEL": "fake",
        "THREADLORE_MODEL_URL": url,
        "THREADLORE_MODEL_AT_ONCE": "16",
    }


class Noted:
    """A model whose requests are written down, each before it is sent."""

    def __init__(self, inner: ChatModel, file: TextIO) -> None:
        self.model = inner.model
        self.window = inner.window
        self.at_a_time = inner.at_a_time
        self.tries = inner.tries
        self._inner = inner
        self._file = file

    async def complete(self, request: ChatRequest[Output]) -> ChatReply[Output]:
        """Write the key of a request down, and send it."""
        self._file.write(request.key(self.model) + "\n")
        self._file.flush()
        return await self._inner.complete(request)


def child(log: Path) -> None:
    """Analyse once, and write down the key of every request before it is sent."""
    from threadlore import pipeline
    from threadlore.settings import load_settings
    from threadlore.wiring import open_workspace

    with open_workspace(load_settings()) as workspace, log.open("a", encoding="utf-8") as file:
        if workspace.models.chat_model is None:
            raise SystemExit("The settings name no model.")
        vars(workspace.models)["chat_model"] = Noted(workspace.models.chat_model, file)
        asyncio.run(pipeline.analyze(workspace.analysis()))


def analyse(log: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start an analysis in a process of its own."""
    command = [sys.executable, __file__, "--child", str(log)]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stored_keys(data: Path) -> set[str]:
    """Return the keys of the replies that the records hold."""
    connection = sqlite3.connect(data / "records.sqlite")
    try:
        return {key for (key,) in connection.execute("SELECT key FROM model_calls")}
    finally:
        connection.close()


def received_count(scratch: Path) -> int:
    """Return how many requests the model has received."""
    return (scratch / RECEIVED).read_text(encoding="utf-8").count('"asked"')


def asked_keys(log: Path) -> list[str]:
    """Return the keys of all requests that were sent, oldest first."""
    return log.read_text(encoding="utf-8").split() if log.exists() else []


def faq(data: Path) -> dict[str, list[str]]:
    """Return everything that an analysis leaves: questions, topics, entries, what they were drafted from."""
    connection = sqlite3.connect(data / "records.sqlite")
    try:
        return {
            table: sorted(record for (record,) in connection.execute(f"SELECT record FROM {table}"))
            for table in ("questions", "topics", "entries")
        }
    finally:
        connection.close()


def made_twice(asked: Sequence[str], kept: set[str]) -> int:
    """Return how many requests were for a reply that was kept, or were sent before in the same run."""
    return sum(key in kept for key in asked) + len(asked) - len(set(asked))


def kill_until_done(
    data: Path, env: dict[str, str], step: int, moments: random.Random, outcome: Outcome
) -> None:
    """Run the analysis of a folder, killed again and again, until one run ends by itself."""
    log = data.with_suffix(".log")
    while True:
        before, known = len(asked_keys(log)), stored_keys(data)
        received = received_count(data.parent)
        process = analyse(log, env)
        target = received + moments.randint(1, max(2, step))
        while process.poll() is None and received_count(data.parent) < target:
            time.sleep(0.02)
        time.sleep(moments.uniform(0, moments.choice(LATER_S)))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            outcome.kills += 1
        ended = process.wait()
        fresh = asked_keys(log)[before:]
        outcome.twice += made_twice(fresh, known)
        if ended == 0:
            return
        if ended != -signal.SIGKILL:
            raise SystemExit(f"the analysis ended with {ended}")


def main() -> None:
    """Compare killed runs with an unbroken one; end with 1 when a call was made twice or the FAQ differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument(
        "--steps", type=int, default=8, help="kills that an unbroken run's calls make room for"
    )
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child)
        return
    moments = random.Random(SEED)
    outcome = Outcome()
    scratch = Path(tempfile.mkdtemp())
    try:
        with in_own_process(WAIT_S, scratch / RECEIVED) as url:
            compare(scratch, url, given, moments, outcome)
    finally:
        shutil.rmtree(scratch)
    print(
        f"{outcome.kills} kills over {outcome.folders} folders, {outcome.needed} calls needed: "
        f"{outcome.twice} made although their reply was kept, "
        f"{outcome.sent - outcome.needed} again that were under way at a kill; "
        f"{len(outcome.differences)} differences from the unbroken run"
    )
    for text in outcome.differences[:10]:
        print(f"  {text[:300]}")
    raise SystemExit(1 if outcome.twice or outcome.differences else 0)


def compare(
    scratch: Path, url: str, given: argparse.Namespace, moments: random.Random, outcome: Outcome
) -> None:
    """Fill a folder, analyse a copy unbroken and others killed, until there were enough kills."""
    pristine, whole = scratch / "pristine", scratch / "whole"
    write_forum(scratch / "forum.jsonl", given.topics)
    ingest = "from threadlore.cli import main; main()"
    command = [
        sys.executable,
        "-c",
        ingest,
        "ingest",
        str(scratch / "forum.jsonl"),
        "--source",
        "forum:kills",
    ]
    subprocess.run(command, env=environment(pristine, url), check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(pristine, whole)
    if analyse(scratch / "whole.log", environment(whole, url)).wait() != 0:
        raise SystemExit("the unbroken analysis failed")
    expected = faq(whole)
    calls = len(asked_keys(scratch / "whole.log"))
    sizes = ", ".join(f"{len(records)} {name}" for name, records in expected.items())
    print(f"unbroken: {calls} calls, {sizes}", flush=True)
    before = received_count(scratch)
    while outcome.kills < given.kills:
        data = scratch / f"killed{outcome.folders}"
        shutil.copytree(pristine, data)
        env = environment(data, url)
        kill_until_done(data, env, 2 * calls // given.steps, moments, outcome)
        outcome.folders += 1
        found = faq(data)
        for name, records in expected.items():
            outcome.differences += sorted({f"{name}: {one}" for one in set(records) ^ set(found[name])})
    outcome.sent = received_count(scratch) - before
    outcome.needed = outcome.folders * calls


if __name__ == "__main__":
    main()
