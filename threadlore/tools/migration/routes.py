"""Which movers can go from one place to another, the best first, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from threadlore.tools.migration.places import Place, Version, read_version
from threadlore.tools.migration.upgrades import restorable
from threadlore.tools.tables import table

OLDEST_BACKUP = Version(2, 2)
OLDEST_RESTORE = Version(2, 4)
OLDEST_ITERATOR = Version(2, 3)
OLDEST_IMPORT = Version(2, 4)
OLDEST_CSV = Version(2, 5)
OLDEST_CDC = Version(2, 3)
FIRST_BACKED_30 = Version(3, 0, 1)
NO_30 = (
    "The compatibility table of milvus-backup does not list Milvus 3.0 up to its release 0.5.16, though the "
    "3.0 documentation named that one. Release 0.6.0 of September 2026 takes 3.0.1 and later, both ways, and "
    "3.0.0 not at all: with 3.0.0 restore into 2.6 and upgrade that in place, or move with VTS."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The movers for a way, best first. Without any, `why` says so and `nearest` is what comes nearest."""

    tools: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()
    why: str = ""
    nearest: str = ""
    note: str = ""


def tool_row(name: str) -> Mapping[str, Any]:
    """Return the row of a mover."""
    found: Mapping[str, Any] = next(row for row in table("migration_routes")["tools"] if row["tool"] == name)
    return found


def by_program(choice: Choice, why: str) -> Choice:
    """Return a choice without the movers that cannot carry a field, for the reason `why`."""
    if "script" not in choice.tools:
        return choice
    left = tuple((tool, why) for tool in choice.tools if tool != "script")
    return replace(choice, tools=("script",), refused=(*choice.refused, *left))


def choose(source: Place, target: Place) -> Choice:
    """Return the movers from `source` to `target`; both were read by `read_place`."""
    if target.system != "milvus":
        why = f"{target.title} is no Milvus: no mover described here writes into it."
        nearest = "export_load" if source.system == "milvus" and source.kind != "milvus1" else ""
        return Choice((), why=why, nearest=nearest)
    if target.kind in ("milvus1", "lite-old"):
        why = f"{target.title} takes no new data: nothing moves into it any more."
        return Choice((), why=why, nearest="")
    if source.system == "other":
        return _other(source)
    row = next(row for row in table("migration_routes")["routes"] if row["from"] == source.kind)
    note = row["note"] if row.get("note_to", target.deployment) == target.deployment else ""
    unsupported = row.get("unsupported", {}).get(target.target)
    if unsupported:
        return Choice((), why=unsupported["why"], nearest=unsupported["nearest"], note=note)
    offered = row["to"][target.target]
    reasons = {tool: _refusal(tool, source, target) for tool in offered}
    tools = tuple(tool for tool, reason in reasons.items() if not reason)
    refused = tuple((tool, reason) for tool, reason in reasons.items() if reason)
    if tools:
        return Choice(tools, refused, note=note)
    why = " ".join(dict.fromkeys(reason for _, reason in refused))
    return Choice((), refused, why, "in_place" if source.kind == "milvus" else "", note)


def _other(source: Place) -> Choice:
    row = _other_row(source)
    if row["vts"]:
        why = f"A job for {source.title} is not written here. {row['note']}"
        return Choice((), why=why, nearest="vts")
    why = f"No mover is known for {source.title}: {row['note']}"
    return Choice((), why=why, nearest="script")


def _other_row(source: Place) -> Mapping[str, Any]:
    import re

    rows: list[Mapping[str, Any]] = table("migration")["other_systems"]
    return next(row for row in rows if re.fullmatch(row["words"], source.title))


def _refusal(tool: str, source: Place, target: Place) -> str:
    """Return why a mover cannot go this way; empty where it can, or where the versions were not said."""
    before = source.version if source.kind == "milvus" else None
    after = target.version
    if tool in ("vts", "endpoint"):
        return _vts_refusal(before, after)
    if tool in ("backup", "backup_files"):
        return _backup_refusal(tool, before, after)
    if tool == "export_load" and before and before.order < OLDEST_ITERATOR.order:
        return f"The query iterator needs Milvus {OLDEST_ITERATOR.name} or later."
    if tool == "bulk_import":
        return _import_refusal(source.kind, after)
    if tool == "cdc":
        return _cdc_refusal(before, after)
    return ""


def _vts_refusal(before: Version | None, after: Version | None) -> str:
    oldest = read_version(table("vts")["image"]["oldest_milvus"])
    for version in (before, after):
        if version and version.surely_before(oldest):
            return f"VTS works with Milvus {oldest.full} or later, not {version.full}."
    return ""


def _backup_refusal(tool: str, before: Version | None, after: Version | None) -> str:
    if before and before.order < OLDEST_BACKUP.order:
        return f"milvus-backup reads Milvus {OLDEST_BACKUP.name} or later, not {before.full}."
    if tool == "backup_files":
        return ""
    if after and after.order < OLDEST_RESTORE.order:
        return f"milvus-backup restores into Milvus {OLDEST_RESTORE.name} or later, not {after.full}."
    if any(one and one.major == 3 and not _backed_30(one) for one in (before, after)):
        return NO_30
    if before and after and not restorable(before, after):
        both = f"{before.full} into {after.full} is not listed"
        return f"milvus-backup restores into the same or a newer version: {both}."
    return ""


def _backed_30(version: Version) -> bool:
    """Tell whether a version of 3.0 is new enough for milvus-backup; 3.0 alone is taken for 3.0.0."""
    return version.patch is not None and not version.surely_before(FIRST_BACKED_30)


def _import_refusal(kind: str, after: Version | None) -> str:
    oldest = OLDEST_CSV if kind == "csv" else OLDEST_IMPORT
    if after and after.order < oldest.order:
        what = "imports CSV" if kind == "csv" else "takes import jobs by REST"
        return f"Milvus {what} from {oldest.name} on."
    return ""


def _cdc_refusal(before: Version | None, after: Version | None) -> str:
    if before and before.order < OLDEST_CDC.order:
        return f"CDC needs Milvus {OLDEST_CDC.name} or later."
    if before and after and before.major != after.major:
        return "CDC replicates within one major version."
    return ""
