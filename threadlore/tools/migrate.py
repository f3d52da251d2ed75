"""How to move data into Milvus, between its deployments, from version to version, and into backups."""

from __future__ import annotations

import re

from threadlore.tools.base import Tool, ToolInputError, ToolResult
from threadlore.tools.migration.case import ACTIONS, MigrateArguments, accept_object
from threadlore.tools.migration.documents import documents
from threadlore.tools.migration.fields import read_fields
from threadlore.tools.migration.mappings import map_fields, needs_program
from threadlore.tools.migration.places import Place, read_place
from threadlore.tools.migration.plans import (
    Plan,
    backup_plan,
    export_plan,
    make_plan,
    program_plan,
    restore_plan,
)
from threadlore.tools.migration.report import brief, reasons, result, summary
from threadlore.tools.tables import facts_version

TABLES = ("migration", "migration_routes", "migration_types", "vts")
OUTPUTS = (
    "job",
    "collection",
    "backup",
    "restore",
    "backup_v2",
    "export",
    "import",
    "load",
    "faiss",
    "legacy",
)


def _plan(case: MigrateArguments, source: Place, target: Place) -> Plan:
    if case.backup:
        return backup_plan(source)
    if case.export:
        return export_plan(source)
    if case.restore:
        return restore_plan(source, target)
    return make_plan(source, target)


def _check(case: MigrateArguments) -> None:
    wanted = [name for name in ACTIONS if getattr(case, name)]
    if len(wanted) > 1:
        raise ToolInputError(f"{' and '.join(wanted)} are asked for at once.", "Ask for one of them.")
    if (
        not re.fullmatch(r"[^\x00-\x1f\x7f\"'\\]{1,255}", case.collection)
        or not case.collection.isprintable()
    ):
        raise ToolInputError(
            f"collection is {case.collection[:60]!r}.",
            "Give a name of at most 255 characters, without quotes.",
        )


def migrate(case: MigrateArguments) -> ToolResult:
    """Return the plan of a move: steps, tools, mapping, downtime, traps, verification and the way back.

    Raises:
        ToolInputError: a place, a version or a field cannot be understood, or the arguments contradict.
    """
    _check(case)
    source, target = read_place(case.from_, "from"), read_place(case.to, "to")
    plan = _plan(case, source, target)
    mapped = map_fields(source, plan.target, read_fields(case.fields))
    why = needs_program(mapped)
    if why and plan.kind == "move":
        plan = program_plan(source, plan.target, why)
    files = documents(plan, case, mapped)
    return ToolResult(
        summary(plan, mapped, tuple(files)),
        result(plan, mapped, tuple(files)),
        reasons(plan, mapped),
        facts_version(*TABLES),
        files,
        brief=brief(plan),
    )


TOOL = Tool(
    name="migrate",
    title="Migration, upgrade and backup",
    description="Plan for moving data from another vector database, another deployment or an older version "
    "into Milvus, or for a backup, a restore or an export: steps, tools, files, mapping, traps, way back.",
    arguments=MigrateArguments,
    run=migrate,
    matters=lambda case: ("to",) if not (case.backup or case.export) else (),
    facts_version=facts_version(*TABLES),
    outputs=OUTPUTS,
    accepts_object=accept_object,
)
