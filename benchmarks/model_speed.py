"""How much a run adds to the waits for its model: 1,000 topics, a fake that answers in 1 s, 16 at once.

    python benchmarks/model_speed.py --topics 1000 --wait 1 --at-once 16

The lower bound of a run is the sum of all waits divided by how many may be under way. What is above it is
Threadlore's own: reading, clustering, checking, storing. Stages without a model are told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from threadlore import pipeline
from threadlore.chat import ChatModel, ChatReply, ChatRequest, Output
from threadlore.settings import load_settings
from threadlore.testing.made_up import write_forum
from threadlore.testing.serve import in_own_process
from threadlore.wiring import open_workspace

TARGET = 1.3


class Timed:
    """A model whose calls are timed: the seconds that each waited for its reply."""

    def __init__(self, inner: ChatModel) -> None:
        self.model = inner.model
        self.window = inner.window
        self.at_a_time = inner.at_a_time
        self.tries = inner.tries
        self.calls = 0
        self.first = self.last = 0.0
        self._inner = inner

    async def complete(self, request: ChatRequest[Output]) -> ChatReply[Output]:
        """Ask, and note when."""
        self.calls += 1
        self.first = self.first or time.perf_counter()
        try:
            return await self._inner.complete(request)
        finally:
            self.last = time.perf_counter()


def main() -> None:
    """Print the run's seconds beside the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, default=1000)
    parser.add_argument("--wait", type=float, default=1.0)
    parser.add_argument("--at-once", type=int, default=16)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, in_own_process(given.wait) as url:
        forum = Path(scratch) / "forum.jsonl"
        write_forum(forum, given.topics)
        settings = load_settings(
            data=Path(scratch) / "data",
            embedder="hashing",
            model="fake",
            model_url=url,
            model_at_once=given.at_once,
        )
        with open_workspace(settings) as workspace:
            asyncio.run(workspace.ingest([forum], name="forum:speed"))
            inner = workspace.models.chat_model
            if inner is None:
                raise SystemExit("no model")
            timed = Timed(inner)
            vars(workspace.models)["chat_model"] = timed
            started, cpu = time.perf_counter(), time.process_time()
            run = asyncio.run(pipeline.analyze(workspace.analysis()))
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
            topics, entries = len(workspace.records.topics()), len(workspace.records.entries())
    for stage in run.stages:
        print(f"  {stage.name}: {stage.seconds:.1f} s")
    for one in run.spending:
        print(f"  {one.prompt}: {one.calls} calls, {one.tokens_in} tokens in, {one.tokens_out} out")
    bound = timed.calls * given.wait / given.at_once
    print(f"{topics} topics, {entries} entries, {timed.calls} calls, {cpu:.1f} s CPU")
    print(f"bound {bound:.1f} s; from the first call to the last {timed.last - timed.first:.1f} s")
    print(f"whole run {seconds:.1f} s: {seconds / bound:.2f} times the bound (under {TARGET} wanted)")


if __name__ == "__main__":
    main()
