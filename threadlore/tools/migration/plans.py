"""The plan of a move: what is done, in order, with which tool; what it needs, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from threadlore.tools.arguments import ToolInputError
from threadlore.tools.migration.places import Place, Version
from threadlore.tools.migration.routes import NO_30, OLDEST_BACKUP, Choice, by_program, choose, tool_row
from threadlore.tools.migration.upgrades import Upgrade, newest, upgrade_path

Kind = Literal["move", "upgrade", "downgrade", "backup", "restore", "export"]
VERIFY = (
    "Verify before anybody relies on it: `threadlore tool verify-migration --source URI --target URI "
    "--collection NAME` compares counts, keys, rows, vectors and search."
)
BY_HAND = (
    "Verify by hand: rows in the source against count(*) of the target, a sample of rows, and the hits of "
    "known queries; verify-migration compares two Milvus endpoints only."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done, and the mover it belongs to (empty for what belongs to none).

    `detail` marks what a plan of many steps leaves out of its core.
    """

    do: str
    tool: str = ""
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. Where `why_not` is set the way is not supported, and the steps are the nearest one's."""

    kind: Kind
    source: Place
    target: Place
    tool: str
    steps: tuple[Step, ...]
    needs: tuple[str, ...]
    downtime: str
    rollback: str
    alternatives: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    why_not: str = ""
    notes: tuple[str, ...] = ()


def make_plan(source: Place, target: Place) -> Plan:
    """Return the plan from `source` to `target`."""
    both = source.kind == "milvus" and target.kind == "milvus"
    same = both and "server" in (source.deployment, target.deployment, *_equal(source, target))
    if same and (target.version or (source.version and target.deployment == "server")):
        return _version_plan(source, target)
    return _move_plan(source, target)


def program_plan(source: Place, target: Place, why: str) -> Plan:
    """Return the plan of a move whose fields only a program can carry, for the reason `why`."""
    return _of_choice("move", source, target, by_program(choose(source, target), why))


def _equal(source: Place, target: Place) -> tuple[str, ...]:
    return ("server",) if source.deployment == target.deployment else ()


def _version_plan(source: Place, target: Place) -> Plan:
    after = target.version or newest()
    if target.version is None:
        target = replace(target, title=f"{target.title} {after.full}", version=after)
    before = source.version
    if before and after.surely_before(before):
        return _downgrade(source, target, before, after)
    if before and before.order == after.order and before.patch == after.patch:
        return _move_plan(source, target)
    path = upgrade_path(before, after)
    if path is None:
        return _no_upgrade(source, target, before)
    return _upgrade_plan(source, target, path)


def _upgrade_plan(source: Place, target: Place, path: tuple[Upgrade, ...]) -> Plan:
    choice = choose(source, target)
    row = tool_row("in_place")
    return Plan(
        "upgrade",
        source,
        target,
        "in_place",
        tuple(_upgrade_steps(source, target, path)),
        tuple(row["needs"]),
        " ".join(f"{one.before.name} to {one.after.name}: {one.downtime}." for one in path)
        or row["downtime"],
        row["rollback"],
        choice.tools,
        choice.refused,
        notes=tuple(note for one in path for note in one.notes),
    )


def _upgrade_steps(source: Place, target: Place, path: tuple[Upgrade, ...]) -> Iterator[Step]:
    yield Step(
        "Back up, and restore that backup once into a spare instance: both have a plan of their own.",
        "backup",
    )
    if source.version is None:
        yield Step("Look up your version (helm list, or the image tag) and begin at its step.")
    for one in path:
        for do in one.steps:
            yield Step(f"{one.name}: {do}", "in_place", detail=len(path) > 1)
        yield Step(
            f"{one.name}: bring it to {one.through}, wait until every pod is ready, and check that old "
            "collections load, search, and count as before.",
            "in_place",
        )
    if not path:
        yield Step(f"Change the image tag to {target.title.rsplit(' ', 1)[-1]} and restart.", "in_place")
    yield Step(f"Compare with the restored backup, or with figures noted before. {VERIFY}")


def _downgrade(source: Place, target: Place, before: Version, after: Version) -> Plan:
    choice = choose(source, target)
    tools = tuple(tool for tool in choice.tools if tool in ("vts", "export_load"))
    why = (
        f"There is no way back in place from {before.full} to {after.full}: an older version is not promised "
        "to read newer metadata, and milvus-backup restores only into the same or a newer one."
    )
    missing = "What the older version has no type for is lost: nullable fields, new vector types, functions."
    plan = _of_choice("downgrade", source, target, replace(choice, tools=tools, why="", nearest=""))
    return replace(plan, why_not=why, notes=(missing, *plan.notes))


def _no_upgrade(source: Place, target: Place, before: Version | None) -> Plan:
    said = before.full if before else "this version"
    why = f"The upgrade pages begin at Milvus 2.1: there is no documented way from {said} to {target.title}."
    plan = _move_plan(source, target)
    return replace(plan, kind="upgrade", why_not=why)


def _move_plan(source: Place, target: Place) -> Plan:
    return _of_choice("move", source, target, choose(source, target))


def _steps_for(row: Mapping[str, Any], source: Place) -> Iterator[str]:
    """Yield the steps of a mover that a source asks for."""
    copies_schema = source.kind in ("milvus", "cloud")
    for at, step in enumerate(row["steps"]):
        if copies_schema and at in row.get("not_from_milvus", ()):
            continue
        yield row.get("by_hand", {}).get(str(at), step) if source.system == "other" else step


def _of_choice(kind: Kind, source: Place, target: Place, choice: Choice) -> Plan:
    tool = choice.tools[0] if choice.tools else choice.nearest
    notes = (choice.note,) if choice.note else ()
    if tool == "in_place":
        return _by_upgrading_first(kind, source, target, choice)
    if not tool:
        return Plan(
            kind,
            source,
            target,
            "",
            (Step(_last_resort(source, target)),),
            (),
            "Not known.",
            "The source is only read.",
            refused=choice.refused,
            why_not=choice.why or "No mover goes this way.",
            notes=notes,
        )
    row = tool_row(tool)
    steps = [Step(do, tool) for do in _steps_for(row, source)]
    if not choice.tools and source.kind == "milvus1":
        steps.append(Step("That brings the data into a Milvus 2.x server: plan the rest from there.", tool))
    steps.append(Step(VERIFY if source.kind in ("milvus", "cloud", "lite") else BY_HAND))
    return Plan(
        kind,
        source,
        target,
        tool,
        tuple(steps),
        tuple(row["needs"]),
        row["downtime"],
        row["rollback"],
        choice.tools[1:],
        choice.refused,
        choice.why,
        notes,
    )


def _by_upgrading_first(kind: Kind, source: Place, target: Place, choice: Choice) -> Plan:
    """Return the plan of a source that is too old for every mover: upgrade it in place, then move."""
    between = Version(2, 3) if target.target == "lite" else OLDEST_BACKUP
    path = upgrade_path(source.version, between) or ()
    row = tool_row("in_place")
    steps = [Step(f"{one.name}: {do}", "in_place") for one in path for do in one.steps]
    if not path:
        steps = [
            Step("Bring the source to 2.1 by the notes of its own releases: the tables here begin at 2.1.")
        ]
    steps.append(Step(f"From {between.name} on make a plan again, from {source.deployment}-{between.name}."))
    return Plan(
        kind,
        source,
        target,
        "in_place",
        tuple(steps),
        tuple(row["needs"]),
        row["downtime"],
        row["rollback"],
        refused=choice.refused,
        why_not=choice.why,
        notes=(choice.note,),
    )


def _last_resort(source: Place, target: Place) -> str:
    if target.system == "milvus":
        return f"Choose a newer target than {target.title}: Milvus 2.4 or later, Lite 3.x, or Zilliz Cloud."
    return f"Write a program that reads {source.title} with its own client and writes into {target.title}."


def backup_plan(source: Place) -> Plan:
    """Return the plan that backs `source` up.

    Raises:
        ToolInputError: it is no Milvus.
    """
    _only_milvus(source, "backed up")
    steps: tuple[Step, ...]
    if source.deployment == "cloud":
        steps = (
            Step(
                "Create a backup in the console of Zilliz Cloud, or give the cluster a backup policy.",
                "console",
            ),
            Step("To keep one elsewhere, export it to your own object storage in the console.", "console"),
        )
        return _simple("backup", source, source, "console", steps, "None.")
    if source.deployment in ("lite", "lite-old"):
        steps = tuple(Step(do, "copy_directory") for do in tool_row("copy_directory")["steps"])
        return _simple("backup", source, source, "copy_directory", steps, "While the directory is copied.")
    if source.version and source.version.order < OLDEST_BACKUP.order:
        plan = _by_upgrading_first("backup", source, source, Choice((), note=""))
        return replace(plan, why_not=f"milvus-backup reads Milvus 2.2 or later, not {source.version.full}.")
    row = tool_row("backup")
    again = f"A backup counts once it was restored: restore it into a spare instance. {VERIFY}"
    steps = (*(Step(do, "backup") for do in row["steps"][:2]), Step(again))
    notes = (NO_30,) if source.version is None or source.version.major >= 3 else ()
    plan = _simple("backup", source, source, "backup", steps, row["downtime"])
    return replace(plan, needs=tuple(row["needs"]), notes=notes, alternatives=("export_load",))


def restore_plan(source: Place, target: Place) -> Plan:
    """Return the plan that restores a backup of `source` into `target`.

    Raises:
        ToolInputError: one of them is no self-hosted Milvus.
    """
    _only_milvus(source, "restored")
    _only_milvus(target, "restored into")
    if source.target != "server" or target.target != "server":
        raise ToolInputError(
            f"A backup of {source.title} is not restored into {target.title} by milvus-backup.",
            "Leave --restore out: the plan of the move says what goes.",
        )
    choice = choose(source, target)
    if "backup" not in choice.tools:
        why = dict(choice.refused).get("backup", choice.why)
        plan = _of_choice("restore", source, target, choice)
        return replace(plan, why_not=why, refused=())
    row = tool_row("backup")
    notes = (NO_30,) if target.version is None else ()
    steps = (*(Step(do, "backup") for do in row["steps"][2:]), Step(VERIFY))
    plan = _simple(
        "restore", source, target, "backup", steps, "The target serves its other collections meanwhile."
    )
    return replace(plan, needs=tuple(row["needs"]), notes=notes)


def export_plan(source: Place) -> Plan:
    """Return the plan that writes the rows of `source` into files.

    Raises:
        ToolInputError: it is no Milvus.
    """
    _only_milvus(source, "exported")
    dump = {"lite": "lite_dump", "lite-old": "old_lite_dump"}.get(source.deployment)
    if dump:
        dumped = (Step(tool_row(dump)["steps"][0], dump),)
        plan = _simple("export", source, source, dump, dumped, "While it is read.")
        return replace(plan, needs=tuple(tool_row(dump)["needs"][:1]))
    choice = choose(source, Place("milvus", "Milvus Lite", "lite"))
    if not choice.tools:
        return replace(_by_upgrading_first("export", source, source, choice), why_not=choice.why)
    row = tool_row("export_load")
    steps: tuple[Step, ...] = (
        Step(row["steps"][0], "export_load"),
        Step("Count the lines of the file against count(*).", "export_load"),
    )
    plan = _simple("export", source, source, "export_load", steps, row["downtime"])
    notes = ("A backup of milvus-backup is no export: its files are binlogs, for Milvus alone to read.",)
    return replace(plan, needs=tuple(row["needs"]), notes=notes, alternatives=("vts",))


def _only_milvus(place: Place, done: str) -> None:
    if place.system != "milvus" or place.kind == "milvus1":
        raise ToolInputError(
            f"{place.title} is not {done} by a tool of Milvus.",
            "Give Milvus 2.2 or later, Lite, or Zilliz Cloud.",
        )


def _simple(
    kind: Kind, source: Place, target: Place, tool: str, steps: tuple[Step, ...], downtime: str
) -> Plan:
    rollback = "The source is only read; a restored collection can be dropped."
    return Plan(kind, source, target, tool, steps, (), downtime, rollback)
