"""The 13 seed questions, five wordings each, asked of the Milvus profile's starter entries alone.

    python benchmarks/seed_questions/run.py [--data DIR] [--embedder local]

A wording is right when the expected entry answers it (or the expected tool), the answer holds every fact
that it must hold, and none of those that have aged. The Japanese wording may also be handed over with the
reason, because the default embedder reads English. A question is right when all of its wordings are.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadlore.cli.common import print_table
from threadlore.seams import Answer
from threadlore.settings import load_settings
from threadlore.wiring import Workspace, open_workspace

CASES = Path(__file__).with_name("cases.json")


@dataclass(frozen=True)
class Asked:
    """One wording with what came back. `missing` and `aged` are patterns."""

    case: str
    wording: str
    japanese: bool
    kind: str
    entry: str
    right: bool
    missing: tuple[str, ...]
    aged: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the right answer came, whole, and nothing in it has aged."""
        return self.right and not self.missing and not self.aged


def read_cases(path: Path = CASES) -> list[dict[str, Any]]:
    """Return the cases of the benchmark."""
    cases: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return cases


def judge(case: dict[str, Any], wording: str, japanese: bool, answer: Answer) -> Asked:
    """Compare one answer with what its case expects."""
    by_entry = answer.kind in ("answered", "tool") and answer.entry_id == case["entry"]
    by_tool = (
        answer.kind in ("tool", "ask_back") and answer.tool is not None and answer.tool == case.get("tool")
    )
    handed_over = japanese and answer.kind == "handover"
    whole = answer.kind == "answered"
    missing = [
        " | ".join(ways)
        for ways in case["must"]
        if whole and not any(re.search(way, answer.text, re.IGNORECASE) for way in ways)
    ]
    aged = [pattern for pattern in case["must_not"] if re.search(pattern, answer.text, re.IGNORECASE)]
    return Asked(
        case=case["id"],
        wording=wording,
        japanese=japanese,
        kind=answer.kind,
        entry=answer.entry_id or "",
        right=by_entry or by_tool or handed_over,
        missing=tuple(missing),
        aged=tuple(aged),
    )


async def ask_all(workspace: Workspace, cases: list[dict[str, Any]]) -> list[Asked]:
    """Seed the starter entries, bring Milvus up to date, and ask every wording."""
    workspace.seed()
    await workspace.drain()
    asked = []
    for case in cases:
        for wording in [*case["wordings"], case["japanese"]]:
            answer = await workspace.answerer.answer(wording)
            asked.append(judge(case, wording, wording == case["japanese"], answer))
    return asked


def report(cases: list[dict[str, Any]], asked: list[Asked]) -> int:
    """Print a row a question, and what went wrong; return the number of questions that are right."""
    rows, right = [], 0
    for case in cases:
        own = [one for one in asked if one.case == case["id"]]
        english = [one for one in own if not one.japanese]
        japanese = next(one for one in own if one.japanese)
        right += all(one.passed for one in own)
        rows.append(
            (
                case["id"],
                case["entry"],
                f"{sum(one.right for one in english)}/{len(english)}",
                f"{sum(one.passed for one in english)}/{len(english)}",
                len({item for one in own for item in one.missing}),
                len({item for one in own for item in one.aged}),
                japanese.kind + ("" if japanese.right else " (wrong)"),
            )
        )
    columns = ["id", "entry", "right entry", "right and whole", "facts missing", "aged facts", "Japanese"]
    print_table(columns, rows, title="Seed questions")
    for one in asked:
        if not one.passed:
            print(
                f"{one.case}: {one.wording!r} -> {one.kind} {one.entry} {one.missing or ''} {one.aged or ''}"
            )
    print(f"questions right: {right} of {len(cases)}")
    return right


def main() -> int:
    """Run the benchmark in a fresh data folder; return 0 when every question is right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a new data folder that is kept; default: a temporary one")
    parser.add_argument("--embedder", default="local", help="embedding backend")
    options = parser.parse_args()
    cases = read_cases()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder) / "data"
        settings = load_settings(data=data, profile="milvus", embedder=options.embedder)
        with open_workspace(settings) as workspace:
            right = report(cases, asyncio.run(ask_all(workspace, cases)))
    return int(right != len(cases))


if __name__ == "__main__":
    sys.exit(main())
