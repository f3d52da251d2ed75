"""From version to version in place, a step at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threadlore.tools.migration.places import Version, read_version
from threadlore.tools.tables import table


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An upgrade from one minor version to the next."""

    before: Version
    after: Version
    steps: tuple[str, ...]
    notes: tuple[str, ...]
    downtime: str
    through: str

    @property
    def name(self) -> str:
        """Return it as an arrow between its versions."""
        return f"{self.before.name} -> {self.after.name}"


def newest() -> Version:
    """Return the newest version that the tables know."""
    return read_version(table("migration")["versions"][-1]["name"])


def upgrade_path(before: Version | None, after: Version) -> tuple[Upgrade, ...] | None:
    """Return the upgrades from `before` to `after`, in order; None where the tables know no such way.

    Without `before` the path begins at the oldest version that can be upgraded. Within one minor version
    it is empty.
    """
    rows = table("migration")["upgrades"]
    at = before.name if before else rows[0]["from"]
    found: list[Upgrade] = []
    while at != after.name:
        row = next((row for row in rows if row["from"] == at), None)
        if row is None:
            return None
        found.append(_upgrade(row, before, after))
        at = row["to"]
    return tuple(found)


def _upgrade(row: Mapping[str, Any], before: Version | None, after: Version) -> Upgrade:
    needs = row.get("needs")
    steps = list(row["steps"])
    begins = before is None or before.name == row["from"]
    if needs and begins and not (before and _is_at(before, read_version(needs))):
        steps.insert(0, f"Be on {needs} or later within {row['from']} first: {row['needs_why']}.")
    last = after.full if after.name == row["to"] and after.patch is not None else row["over"]
    return Upgrade(
        read_version(row["from"]),
        read_version(row["to"]),
        tuple(steps),
        tuple(row["notes"]),
        str(row["downtime"]),
        str(last),
    )


def _is_at(version: Version, needed: Version) -> bool:
    """Tell whether a version is surely `needed` or a later patch."""
    return version.patch is not None and not version.surely_before(needed)


def restorable(before: Version, after: Version) -> bool:
    """Tell whether the compatibility table of milvus-backup lists a restore from `before` into `after`."""
    rows = table("migration")["backup_matrix"]
    return any(row["from"] == before.name and after.name in row["to"] for row in rows)
