"""Remembers what was published and where, so that a deletion can reach the pages too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from threadlore.errors import StoreDamaged

FILE = "published.json"


@dataclass(frozen=True, slots=True)
class Publication:
    """A folder that a publisher wrote; `since` and `until` as they were typed."""

    publisher: str
    folder: str
    since: str | None = None
    until: str | None = None


def publications(data: Path) -> list[Publication]:
    """Return what was published from the data folder `data` and is still there.

    Raises:
        StoreDamaged: the list cannot be read.
    """
    path = data / FILE
    try:
        known = [Publication(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise StoreDamaged(
            f"{path} cannot be read: {error}.",
            "Delete it, then publish again to every folder that `threadlore report` and `site` wrote.",
        ) from error
    return [one for one in known if Path(one.folder).is_dir()]


def remember(data: Path, made: Publication) -> None:
    """Add `made` to the list, in place of an earlier one of the same publisher and folder."""
    kept = [one for one in publications(data) if (one.publisher, one.folder) != (made.publisher, made.folder)]
    rows = [asdict(one) for one in sorted([*kept, made], key=lambda one: (one.publisher, one.folder))]
    text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    path = data / FILE
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    half = path.with_name(f".{FILE}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
