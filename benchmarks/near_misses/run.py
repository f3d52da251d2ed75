"""Questions that no starter entry answers, and rewordings of those that one does: 40 of each a part.

    python benchmarks/near_misses/run.py [--embedder local] [--show]

The part `tune` was looked at while matching was built, `report` when the threshold was chosen; `unseen` was
written before and asked once afterwards. A near miss that is
answered is a wrong answer; so is a rewording that another entry answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from threadlore.seams import Answer
from threadlore.settings import load_settings
from threadlore.wiring import Workspace, open_workspace

CASES = Path(__file__).with_name("cases.json")


async def ask_all(workspace: Workspace, texts: list[str]) -> list[Answer]:
    """Seed the starter entries and ask every text."""
    workspace.seed()
    await workspace.drain()
    return [await workspace.answerer.answer(text) for text in texts]


def main() -> int:
    """Print each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embedder", default="local", help="embedding backend")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data=Path(folder) / "data", profile="milvus", embedder=options.embedder)
        with open_workspace(settings) as workspace:
            answers = asyncio.run(ask_all(workspace, [case["text"] for case in cases]))
    for half in ("tune", "report", "unseen"):
        own = [(case, answer) for case, answer in zip(cases, answers, strict=True) if case["half"] == half]
        scope = [(case, answer) for case, answer in own if case["entry"]]
        right = sum(answer.entry_id == case["entry"] or answer.tool == "size" for case, answer in scope)
        wrong = sum(answer.kind == "answered" and answer.entry_id != case["entry"] for case, answer in scope)
        missed = [(case, answer) for case, answer in own if not case["entry"]]
        false = sum(answer.kind in ("answered", "tool") for _, answer in missed)
        print(
            f"{half}: rewordings right {right} of {len(scope)}, wrong {wrong}; "
            f"near misses answered {false} of {len(missed)}"
        )
    if options.show:
        for case, answer in zip(cases, answers, strict=True):
            if (answer.entry_id or None) != case["entry"]:
                print(
                    f"{case['half']} {case['text']!r}: {answer.kind} {answer.entry_id} "
                    f"{answer.confidence:.2f}"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
