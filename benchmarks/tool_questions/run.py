"""Questions in people's words: is the right tool chosen, with the right arguments and none invented?

    python benchmarks/tool_questions/run.py [--set first|second|...|eighth] [--verbose]

Each set holds our own questions: q, tool (empty for none), args (what the question says; the tool's own
names), may (what it says as well, where leaving it out is no fault). A case is right in its arguments when
every one of `args` is found with its value; an argument that is found and is in neither is invented, unless
it follows from the question as a whole (`FOLLOWS`).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from threadlore.agents.tool_choice import chosen_tool
from threadlore.profile import Profile, load_profile
from threadlore.tools.calling import arguments_for

SETS = Path(__file__).parent
FOLLOWS = {"dim": ("embedding_model",), "embedding_model": ("dim",), "message": (), "question": ()}


def main() -> None:
    """Print for each set the share of right tools and arguments, and each miss with --verbose."""
    names = sorted(path.stem for path in SETS.glob("*.jsonl"))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--set", choices=names, action="append", dest="sets")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    profile = load_profile("milvus")
    for name in options.sets or names:
        cases = [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text("utf-8").splitlines()]
        print(f"{name}: {_measured(profile, cases, verbose=options.verbose)}")


def _measured(profile: Profile, cases: list[dict[str, Any]], *, verbose: bool) -> str:
    count: Counter[str] = Counter()
    for case in cases:
        tool = chosen_tool(profile, case["q"])
        found = arguments_for(tool, case["q"]) if tool else {}
        same_tool = (tool.name if tool else "") == case["tool"]
        missed = {name: value for name, value in case["args"].items() if found.get(name) != value}
        extra = _invented(found, case["args"] | case.get("may", {})) if same_tool else {}
        count["tool"] += same_tool
        count["calls"] += bool(case["tool"])
        count["arguments"] += same_tool and not missed and bool(case["tool"])
        count["invented"] += len(extra)
        if verbose and (not same_tool or missed or extra):
            print(f"{case['q']}\n   tool {tool.name if tool else '-'}, missed {missed}, invented {extra}")
    return (
        f"right tool {count['tool']} of {len(cases)}; right arguments {count['arguments']} of "
        f"{count['calls']}; invented arguments {count['invented']}"
    )


def _invented(found: dict[str, object], said: dict[str, Any]) -> dict[str, object]:
    return {
        name: value
        for name, value in found.items()
        if said.get(name) != value and not (name in FOLLOWS and all(one in said for one in FOLLOWS[name]))
    }


if __name__ == "__main__":
    main()
