"""A plan for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from threadlore.tools.migration.mappings import Mapped, mapped_json, score_changes
from threadlore.tools.migration.plans import Plan
from threadlore.tools.migration.vts_job import plugin_row
from threadlore.tools.tables import table

MOST_FIELDS = 12
"""Fields that the summary shows; the result holds all."""

_TITLES = {
    "move": "Move from {source} to {target}",
    "upgrade": "Upgrade from {source} to {target}",
    "downgrade": "Back from {source} to {target}",
    "backup": "Backup of {source}",
    "restore": "Restore of a backup of {source} into {target}",
    "export": "Export of {source}",
}


def _tool_title(name: str) -> str:
    rows = table("migration_routes")["tools"]
    return next((str(row["title"]) for row in rows if row["tool"] == name), name)


def traps(plan: Plan) -> list[str]:
    """Return the traps of a plan's mover and of its two ends."""
    foreign = plan.source.system != "milvus"
    found = []
    for row in table("migration_routes")["traps"]:
        fits = (
            ("for" not in row or plan.tool in row["for"])
            and row.get("from", plan.source.kind) == plan.source.kind
            and row.get("to", plan.target.target) == plan.target.target
            and (foreign or not row.get("foreign"))
        )
        if fits:
            found.append(str(row["says"]))
    return found


def verification() -> list[str]:
    """Return what is compared after a move."""
    return [str(row["says"]) for row in table("migration_routes")["verification"]]


def result(plan: Plan, mapped: tuple[Mapped, ...], files: tuple[str, ...]) -> dict[str, Any]:
    """Return a plan as plain JSON values."""
    return {
        "kind": plan.kind,
        "from": _place(plan.source),
        "to": _place(plan.target),
        "supported": not plan.why_not,
        "why_not": plan.why_not or None,
        "tool": plan.tool or None,
        "aged": bool(plan.tool) and _status(plan.tool) == "aged",
        "nearest": (plan.tool or None) if plan.why_not else None,
        "alternatives": [
            {"tool": one, "title": _tool_title(one), "status": _status(one)} for one in plan.alternatives
        ],
        "refused": [{"tool": tool, "why": why} for tool, why in plan.refused],
        "prerequisites": list(plan.needs),
        "steps": [
            {"step": at, "do": step.do, "tool": step.tool or None}
            for at, step in enumerate(plan.steps, start=1)
        ],
        "fields": [mapped_json(one) for one in mapped],
        "scores": score_changes(plan.source, mapped) if plan.source.system != "other" else [],
        "downtime": plan.downtime,
        "traps": traps(plan),
        "verification": verification(),
        "rollback": plan.rollback,
        "documents": list(files),
        "documented_wrongly": _documented_wrongly(plan) if "job" in files else [],
        "notes": list(plan.notes),
    }


def _place(place: Any) -> dict[str, Any]:
    return {
        "system": place.system,
        "deployment": place.deployment or None,
        "version": place.version.full if place.version else None,
        "title": place.title,
    }


def _status(name: str) -> str:
    rows = table("migration_routes")["tools"]
    return next((str(row["status"]) for row in rows if row["tool"] == name), "current")


def _documented_wrongly(plan: Plan) -> list[str]:
    plugin = plugin_row(plan.source)["name"]
    rows = table("vts")["documented_wrongly"]
    return [str(row["says"]) for row in rows if row["plugin"] in ("sink", plugin)]


def _head(plan: Plan) -> Iterator[str]:
    title = _TITLES[plan.kind].format(source=plan.source.title, target=plan.target.title)
    yield f"**{title}**"
    if plan.why_not:
        yield f"Not supported: {plan.why_not}"
        if plan.tool:
            yield f"The nearest way: {_tool_title(plan.tool)}."
    elif plan.tool:
        others = f" Else: {', '.join(map(_tool_title, plan.alternatives))}." if plan.alternatives else ""
        yield f"With {_tool_title(plan.tool)}.{others}"


def summary(plan: Plan, mapped: tuple[Mapped, ...], files: tuple[str, ...]) -> str:
    """Return a plan for a person, in Markdown."""
    lines = [*_head(plan), ""]
    lines += [f"{at}. {step.do}" for at, step in enumerate(plan.steps, start=1)]
    lines += _field_lines(mapped)
    lines += ["", f"Downtime: {plan.downtime}", f"Way back: {plan.rollback}"]
    if files:
        lines.append(f"Files: {', '.join(f'`{name}`' for name in files)}")
    return "\n".join(line for at, line in enumerate(lines) if line or at > 1)


def brief(plan: Plan) -> str:
    """Return the core of a plan, in Markdown: the steps that every move has, downtime and way back."""
    shown = [step for step in plan.steps if not step.detail]
    lines = [*_head(plan), "", *(f"{at}. {step.do}" for at, step in enumerate(shown, 1)), ""]
    if len(shown) < len(plan.steps):
        lines.append(f"What each step takes is left out here: {len(plan.steps)} steps in all.")
    return "\n".join([*lines, f"Downtime: {plan.downtime}", f"Way back: {plan.rollback}"])


def _field_lines(mapped: tuple[Mapped, ...]) -> Iterator[str]:
    if not mapped:
        return
    yield ""
    yield "Fields:"
    for one in mapped[:MOST_FIELDS]:
        kind = one.milvus or (
            "not known" if not one.known else "no type in Milvus, or the mover cannot read it"
        )
        kind += f" of {one.element}" if one.element else ""
        details = [f"dimension {one.field.dim}"] if one.vector and one.field.dim else []
        details += [f"metric {one.metric}"] if one.metric else []
        details += [f"max_length {one.max_length}"] if one.max_length and not one.element else []
        details += ["primary key"] if one.primary else []
        more = f" ({', '.join(details)})" if details else ""
        yield f"- {one.field.name}: {one.field.type} -> {kind}{more}"
    if len(mapped) > MOST_FIELDS:
        yield f"- and {len(mapped) - MOST_FIELDS} more"


def reasons(plan: Plan, mapped: tuple[Mapped, ...]) -> tuple[str, ...]:
    """Return why the plan is as it is: traps, notes, movers that cannot go this way, changes of scores."""
    found = [note for note in plan.notes if note]
    found += [f"Not with {_tool_title(tool)}: {why}" for tool, why in plan.refused]
    found += [f"{one.field.name}: {note}" for one in mapped for note in one.notes]
    if mapped and any(one.vector for one in mapped):
        found += [f"Scores, {change}" for change in score_changes(plan.source, mapped)]
    found += traps(plan)
    if plan.tool == "vts" and plan.source.system not in ("other", "milvus"):
        found += _documented_wrongly(plan)
    return tuple(dict.fromkeys(found))
