"""Questions in people's words: is the right tool chosen, with the right arguments and none invented?

    python benchmarks/tool_questions/run.py [--verbose]

`cases.jsonl` holds our own questions: q, tool (empty for none), args (what the question says; the tool's
own names). A case is right in its arguments when every one of `args` is found with its value; an argument
that is found and is not among them is invented, unless it follows from one of them (`FOLLOWS`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from threadlore.agents.tool_choice import chosen_tool
from threadlore.profile import load_profile
from threadlore.tools.calling import arguments_for

CASES = Path(__file__).with_name("cases.jsonl")
FOLLOWS = {"dim": ("embedding_model",), "embedding_model": ("dim",), "message": (), "question": ()}


def main() -> None:
    """Print the share of right tools and arguments, and each miss with --verbose."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--verbose", action="store_true")
    verbose = parser.parse_args().verbose
    profile = load_profile("milvus")
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    right_tool = right_arguments = invented = calls = 0
    for case in cases:
        tool = chosen_tool(profile, case["q"])
        found = arguments_for(tool, case["q"]) if tool else {}
        same_tool = (tool.name if tool else "") == case["tool"]
        missed = {name: value for name, value in case["args"].items() if found.get(name) != value}
        extra = _invented(found, case["args"]) if same_tool else {}
        right_tool += same_tool
        calls += bool(case["tool"])
        right_arguments += same_tool and not missed and bool(case["tool"])
        invented += len(extra)
        if verbose and (not same_tool or missed or extra):
            print(f"{case['q']}\n   tool {tool.name if tool else '-'}, missed {missed}, invented {extra}")
    print(f"right tool {right_tool} of {len(cases)}; right arguments {right_arguments} of {calls};", end=" ")
    print(f"invented arguments {invented}")


def _invented(found: dict[str, object], said: dict[str, Any]) -> dict[str, object]:
    return {
        name: value
        for name, value in found.items()
        if name not in said and not (name in FOLLOWS and all(one in said for one in FOLLOWS[name]))
    }


if __name__ == "__main__":
    main()
