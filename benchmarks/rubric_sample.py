"""Draws entries of real threads for a judge, with all that they cite: extracted ones and a model's apart.

Run: python -m benchmarks.rubric_sample --data DIR --out FILE [--count 20] [--seed 7] [--model NAME --url URL]
DIR holds discord/meshcore_threads.jsonl.gz. Without a model the plain model of the fakes writes: it copies.
How to judge stands in docs/rubric.md. One author suffices for an entry here: what is judged is its text.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.model_cost import as_threadlore
from threadlore import pipeline
from threadlore.settings import Settings, load_settings
from threadlore.store.records import Records
from threadlore.testing.endpoint import FakeEndpoint, serving
from threadlore.testing.plain_model import answer
from threadlore.types import FaqEntry
from threadlore.wiring import open_workspace

POINTS = (
    "| right for its version | complete | can be acted on | sources support it | question | second voice |"
)


def entries_of(source: Path, settings: Settings) -> list[FaqEntry]:
    """Ingest and analyse the threads with these settings; return the entries, ordered by id."""
    lines = settings.data.parent / "threads.jsonl"
    with gzip.open(source, "rt", encoding="utf-8") as file:
        rows = [json.dumps(as_threadlore(json.loads(line))) for line in file]
    lines.write_text("\n".join(rows), encoding="utf-8")
    with open_workspace(settings) as workspace:
        asyncio.run(workspace.ingest([lines], "discord:meshcore"))
        asyncio.run(pipeline.analyze(workspace.analysis()))
        return workspace.records.entries()


def shown(entry: FaqEntry, records: Records) -> str:
    """Return an entry for a judge, with the whole text behind every quote."""
    parts = [f"## {entry.question}", f"`{entry.id}`, {entry.applies_to.model_dump_json()}"]
    parts += [f"also asked: {text}" for text in entry.paraphrases[:4]]
    parts += [entry.answer, *(f"for a reviewer: {reason}" for reason in entry.review_reasons)]
    for number, cited in enumerate(entry.citations, start=1):
        texts = [one.text for one in records.messages([cited.source_id])]
        texts += [one.text for one in records.documents([cited.source_id])]
        texts += [call.summary for call in entry.tool_calls if call.id == cited.source_id]
        whole = "\n".join(f"> {line}" for text in texts for line in text.split("\n"))
        parts.append(f"[{number}] {cited.kind} {cited.source_id}\n\nquote: {cited.quote}\n\n{whole}")
    asked = [one.text for one in records.questions(list(entry.question_ids))]
    parts.append("asked:\n" + "\n".join(f"- {text}" for text in asked))
    parts.append(f"{POINTS}\n|---|---|---|---|---|---|\n| | | | | | |")
    return "\n\n".join(parts)


def sample(source: Path, settings: Settings, count: int, seed: int) -> list[str]:
    """Return `count` entries for a judge, drawn by `seed`."""
    found = entries_of(source, settings)
    records = Records(settings.data)
    try:
        drawn = random.Random(seed).sample(found, min(count, len(found)))
        head = f"{len(found)} entries, {len(drawn)} of them drawn with seed {seed}"
        return [head, *(shown(entry, records) for entry in sorted(drawn, key=lambda one: one.id))]
    finally:
        records.close()


def main() -> None:
    """Write the file for the judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", default="plain")
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    source = given.data / "discord" / "meshcore_threads.jsonl.gz"
    written = ["# Entries to judge"]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        url = given.url or stack.enter_context(serving(FakeEndpoint(answer))).url
        for mode, more in (
            ("extracted", {}),
            (f"by {given.model}", {"model": given.model, "model_url": url}),
        ):
            folder = Path(name) / mode
            folder.mkdir()
            settings = load_settings(data=folder / "data", profile="generic", min_authors=1, **more)
            written += [f"# {mode}", *sample(source, settings, given.count, given.seed)]
    given.out.write_text("\n\n".join(written) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
