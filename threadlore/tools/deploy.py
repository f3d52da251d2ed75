"""Which deployment: Lite, Standalone, Distributed or Zilliz Cloud, with what each gives up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threadlore.tools.base import Tool, ToolResult
from threadlore.tools.deployment.case import OPTIONS, DeployArguments, is_open
from threadlore.tools.deployment.rules import Ranked, Sizes, changes_from, option_row, rank, sizes_of
from threadlore.tools.tables import facts_version, table
from threadlore.tools.units import show_bytes, show_count

TABLES_VERSION = facts_version("deploy", "sizing", "index_sizes")

_SHOWN = 4
"""Reasons for a choice, and against it, that the summary shows; the others stand below it."""


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _beliefs(options: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"belief": row["was"], "now": row["now"]}
        for row in table("deploy")["beliefs"]
        if row["about"] in options
    ]


def _as_json(one: Ranked) -> dict[str, Any]:
    row = option_row(one.option)
    return {
        "deployment": one.option,
        "possible": one.possible,
        "weight": one.weight,
        "speaks_for": list(one.speaks_for),
        "against": list(one.against),
        "ruled_out_by": list(one.ruled_out_by),
        "good_for": row["good_for"],
        "size": row["size"],
        "prerequisites": row["prerequisites"],
        "gives_up": row["gives_up"],
        "change_later": [{"to": change["to"], "how": change["how"]} for change in changes_from(one.option)],
    }


def _open_summary() -> str:
    lines = ["**Choose by the number of vectors, the traffic, and the people who will run it**"]
    for option in OPTIONS:
        row = option_row(option)
        lines.append(
            f"- **{row['title']}** ({row['size']}): {row['good_for']}. You give up: {row['gives_up'][0]}"
        )
    lines.append("- Start small: a Standalone with enough memory serves most products.")
    lines.append(
        "- Say how many vectors, of which dimension, and who runs it, and the choice is ranked for you."
    )
    return "\n".join(lines)


def _choice_lines(one: Ranked) -> list[str]:
    row = option_row(one.option)
    lines = [f"- why: {text}" for text in one.speaks_for[:_SHOWN]]
    lines += [f"- mind: {text}" for text in one.against[:_SHOWN]]
    lines.append(f"- needs: {'; '.join(row['prerequisites'])}")
    lines.append(f"- you give up: {'; '.join(row['gives_up'])}")
    return lines


def _other_line(one: Ranked) -> str:
    row = option_row(one.option)
    if not one.possible:
        return f"- not {row['title']}: {one.ruled_out_by[0]}"
    why = one.against[0] if one.against else f"you give up: {row['gives_up'][0]}"
    return f"- then {row['title']}: {why}"


def _size_line(sizes: Sizes, vectors: int) -> str:
    return (
        f"- {show_count(vectors)} vectors x {sizes.dim}: {show_bytes(sizes.raw_bytes)} of data, "
        f"{show_bytes(sizes.memory_to_have_bytes)} of memory to have for {sizes.index}"
    )


def _summary(case: DeployArguments, ranked: list[Ranked], sizes: Sizes | None) -> str:
    best = ranked[0]
    title = option_row(best.option)["title"]
    if best.possible:
        lines = [f"**{title}**"]
    else:
        lines = [f"**Nothing fits all of this; {title} comes nearest**"]
        lines += [f"- in the way: {text}" for text in best.ruled_out_by]
    if sizes and case.vectors:
        lines.append(_size_line(sizes, case.vectors))
    lines += _choice_lines(best)
    lines += [_other_line(one) for one in ranked[1:]]
    lines += _change_lines(case, best)
    return "\n".join(lines)


def _change_lines(case: DeployArguments, best: Ranked) -> list[str]:
    today = case.deployment
    if today == best.option:
        return [f"- that is what runs today: {option_row(best.option)['title']}"]
    if today:
        how = next((row["how"] for row in changes_from(today) if row["to"] == best.option), "")
        return [f"- to get there from {option_row(today)['title']}: {how or 'insert the data again'}"]
    onward = [row for row in changes_from(best.option) if row["to"] in ("standalone", "distributed")]
    if not onward:
        onward = changes_from(best.option)
    row = onward[0]
    return [f"- to change later to {option_row(row['to'])['title']}: {row['how']}"]


def _reasons(case: DeployArguments, best: Ranked, sizes: Sizes | None) -> tuple[str, ...]:
    shown = (*best.speaks_for[_SHOWN:], *best.against[_SHOWN:])
    found = [_sentence(text) for text in shown]
    if sizes and case.dim is None:
        found.append(f"The dimension is not known: {sizes.dim} was taken.")
    if sizes and case.index is None:
        found.append("The index is not known: HNSW was taken, which takes the most memory of the usual ones.")
    found.append(
        "No deployment turns into another in place: the data moves, so plan that step before you need it."
    )
    found += [f'"{row["belief"]}": {row["now"]}.' for row in _beliefs((best.option, *_asked_about(case)))]
    return tuple(dict.fromkeys(found))


def _asked_about(case: DeployArguments) -> tuple[str, ...]:
    """Return the deployment whose aged beliefs matter though it is not the choice."""
    lite = case.platform == "windows" or "full_text" in case.features or case.deployment == "lite"
    return ("lite",) if lite else ()


def deploy(case: DeployArguments) -> ToolResult:
    """Return the deployments in order, with what speaks for each, against it, and what it gives up.

    With nothing given the result says how to choose, and chooses nothing.

    Raises:
        ToolInputError: the arguments contradict each other.
    """
    sizes = sizes_of(case)
    ranked = rank(case, sizes)
    result: dict[str, Any] = {
        "choice": None if is_open(case) else ranked[0].option,
        "nothing_fits": not ranked[0].possible,
        "size": _sizes_json(sizes),
        "ranked": [_as_json(one) for one in ranked],
        "aged_beliefs": _beliefs(OPTIONS),
    }
    if is_open(case):
        reasons = tuple(f'"{row["belief"]}": {row["now"]}.' for row in _beliefs(OPTIONS))
        return ToolResult(_open_summary(), result, reasons, TABLES_VERSION)
    summary = _summary(case, ranked, sizes)
    return ToolResult(summary, result, _reasons(case, ranked[0], sizes), TABLES_VERSION)


def _sizes_json(sizes: Sizes | None) -> dict[str, Any] | None:
    if sizes is None:
        return None
    return {
        "raw_data_bytes": sizes.raw_bytes,
        "memory_to_have_bytes": sizes.memory_to_have_bytes,
        "official_mode": sizes.mode,
        "standalone_refused": sizes.standalone_refused,
        "index": sizes.index,
        "dim": sizes.dim,
    }


def from_question(text: str, case: Mapping[str, object]) -> Mapping[str, object]:
    """Return what was read of a question, without the deployment: who asks which one names them all."""
    return {name: value for name, value in case.items() if name != "deployment"}


TOOL = Tool(
    name="deploy",
    title="Lite, Standalone, Distributed or Zilliz Cloud",
    description="Ranks the deployments of Milvus for a size, traffic, features, people and platform, with "
    "what each gives up and what a later change costs.",
    arguments=DeployArguments,
    run=deploy,
    facts_version=TABLES_VERSION,
    matters=lambda case: (),
    from_question=from_question,
)
