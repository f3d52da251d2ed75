"""Whether the parameters of an index lie inside the ranges that documentation and code allow."""

from __future__ import annotations

from typing import Any

from threadlore.tools.indexing.case import Case
from threadlore.tools.indexing.facts import has, parameter_rows, row
from threadlore.tools.indexing.parameters import Setting


def _bounds(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    width = values.get("mh_element_bit_width")
    known = {"dim": case.dim, "top_k": case.top_k, **values}
    return known | {"signature_length": case.dim // width} if width else known


def _wrong_kind(one: dict[str, Any], value: Any) -> bool:
    if one["kind"] == "choice":
        return value not in one["choices"]
    if one["kind"] == "bool":
        return not isinstance(value, bool)
    wanted = int if one["kind"] == "int" else int | float
    return isinstance(value, bool) or not isinstance(value, wanted) or not one["min"] <= value <= one["max"]


def _precision(name: str) -> int:
    return int(row("precision", name)["bits"])


def _related(one: dict[str, Any], value: Any, known: dict[str, Any]) -> str:
    """Return what is wrong between a parameter and what it depends on; empty when nothing is."""
    if "at_least" in one and value < known[one["at_least"]]:
        return f"less than {one['at_least']}"
    if "at_most" in one and value > known.get(one["at_most"], value):
        return f"more than {one['at_most']}"
    if "divides" in one and known[one["divides"]] % value:
        return f"no divisor of {one['divides']}"
    if "needs" in one and not known.get(one["needs"]):
        return f"without {one['needs']}"
    if "more_precise_than" in one and _precision(value) <= _precision(known[one["more_precise_than"]]):
        return f"not more precise than {one['more_precise_than']}"
    return ""


def problems(case: Case, setting: Setting) -> list[str]:
    """Return what is illegal in a setting; nothing for one that the server takes."""
    found = []
    known = _bounds(case, {**setting.config, **setting.build, **setting.search})
    for stage, values in (
        ("build", setting.build),
        ("search", setting.search),
        ("config", setting.config),
    ):
        rows = {one["parameter"]: one for one in parameter_rows(setting.index, stage)}
        for name, value in values.items():
            one = rows.get(name)
            if one is None:
                found.append(f"{setting.index} has no {stage} parameter {name}")
            elif _wrong_kind(one, value):
                found.append(f"{name} = {value!r} is out of its range")
            elif one.get("metric", case.metric) != case.metric or not has(
                case.version, one.get("since", "2.0")
            ):
                found.append(f"{name} is not for {case.metric} or this version")
            elif _related(one, value, known):
                found.append(f"{name} = {value!r} is {_related(one, value, known)}")
    return found
