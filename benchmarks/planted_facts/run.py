"""Planted facts: aged statements that must be found, current ones that must pass.

    python benchmarks/planted_facts/run.py

Each statement stands alone as the answer of an entry that applies to the newest version.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from threadlore.agents.grounding.facts import check_facts
from threadlore.cli.common import print_table
from threadlore.profile import load_profile
from threadlore.types import AppliesTo

CASES = Path(__file__).with_name("cases.json")


def measure(profile_name: str = "milvus") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return one row for each aged and for each current statement, with the ids of the facts found."""
    profile = load_profile(profile_name)
    cases = json.loads(CASES.read_text(encoding="utf-8"))

    def found(text: str) -> list[str]:
        return [fact.id for fact in check_facts(profile, text, AppliesTo())]

    aged = [{**case, "found": found(case["text"])} for case in cases["aged"]]
    current = [{"text": text, "found": found(text)} for text in cases["current"]]
    return aged, current


def main() -> int:
    """Print the table; return 1 when an aged statement passed or a current one was flagged."""
    aged, current = measure()
    rows = [(row["fact"], "found" if row["fact"] in row["found"] else "MISSED", row["text"]) for row in aged]
    rows += [
        ("current", "passed" if not row["found"] else f"FLAGGED {row['found']}", row["text"])
        for row in current
    ]
    print_table(["fact", "result", "statement"], rows, title="Planted facts")
    published = sum(not row["found"] for row in aged)
    flagged = sum(bool(row["found"]) for row in current)
    print(
        f"aged published unmarked: {published} of {len(aged)}; current flagged: {flagged} of {len(current)}"
    )
    return int(bool(published or flagged))


if __name__ == "__main__":
    sys.exit(main())
