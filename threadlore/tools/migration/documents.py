"""The files that belong to a plan, by the names that `--output` takes."""

from __future__ import annotations

from threadlore.tools.migration.backup_config import aged_config, backup_config, backup_config_v2
from threadlore.tools.migration.case import MigrateArguments
from threadlore.tools.migration.file_programs import import_program
from threadlore.tools.migration.mappings import Mapped
from threadlore.tools.migration.places import Place
from threadlore.tools.migration.plans import Plan
from threadlore.tools.migration.programs import (
    collection_program,
    export_program,
    faiss_program,
    quoted,
    rows_program,
)
from threadlore.tools.migration.routes import tool_row
from threadlore.tools.migration.vts_job import job
from threadlore.tools.tables import table

_COPIES_SCHEMA = frozenset({"vts", "endpoint", "backup", "in_place"})


def documents(plan: Plan, case: MigrateArguments, mapped: tuple[Mapped, ...]) -> dict[str, str]:
    """Return the files of a plan's movers, its alternatives too, in the order of the movers."""
    names: list[str] = []
    for tool in (plan.tool, *plan.alternatives):
        if any(row["tool"] == tool for row in table("migration_routes")["tools"]):
            names += tool_row(tool)["documents"]
    if plan.kind == "backup":
        names = [name for name in names if name != "restore"]
    if plan.kind == "restore":
        names = [name for name in names if name not in ("backup", "collection")]
    found = {name: _document(name, plan, case, mapped) for name in dict.fromkeys(names)}
    return {name: text for name, text in found.items() if text}


def _document(name: str, plan: Plan, case: MigrateArguments, mapped: tuple[Mapped, ...]) -> str:
    source, target = plan.source, plan.target
    if name == "job":
        return job(source, target, case.collection, mapped) if _has_plugin(source) else ""
    if name in ("backup", "restore"):
        return backup_config(
            case.storage,
            case.install,
            cross_storage=case.cross_storage,
            restore=name == "restore",
            cloud=target.deployment == "cloud",
        )
    if name == "backup_v2":
        return backup_config_v2(case.storage, case.install, cross_storage=case.cross_storage)
    if name == "export":
        return export_program(source, case.collection)
    if name == "load":
        return rows_program(source, target, case.collection)
    if name == "import":
        return import_program(source.kind, quoted(case.collection)) if target.target == "server" else ""
    if name == "faiss":
        return faiss_program(target, case.collection)
    if name == "legacy":
        vector = next((one for one in mapped if one.vector), None)
        dim, metric = (vector.field.dim, vector.metric) if vector else (None, None)
        return "" if source.kind == "elasticsearch" else aged_config(source, case.collection, dim, metric)
    return collection_program(source, target, case.collection, mapped)


def _has_plugin(source: Place) -> bool:
    kind = "milvus" if source.kind in ("milvus", "cloud") else source.kind
    return any(kind in row["for"] for row in table("vts")["plugins"])
