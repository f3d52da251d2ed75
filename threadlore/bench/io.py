"""Labelled data of the user's own in, predictions out: JSON lines, plain or gzipped."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from threadlore.errors import BadInput, NotFound


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read a .jsonl or .jsonl.gz file, one object a line.

    Raises:
        NotFound: there is no such file.
        BadInput: a line is no JSON object; the line is named.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Name a .jsonl or .jsonl.gz file.")
    rows: list[dict[str, Any]] = []
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as handle:
            for number, line in enumerate(handle, 1):
                if not line.strip():
                    continue
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise BadInput(f"{path}, line {number}, is no JSON object.", "Write one object a line.")
                rows.append(row)
    except (json.JSONDecodeError, UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise BadInput(
            f"{path} cannot be read after {len(rows)} rows: {error}",
            "Write one JSON object a line, in UTF-8.",
        ) from error
    return rows


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    """Write predictions as JSON lines; return how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8") as handle:
        for row in rows:
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def first_of(row: Mapping[str, Any], *names: str) -> Any:
    """Return the first of the fields `names` that the row has with a value, or None."""
    for name in names:
        if row.get(name) not in (None, ""):
            return row[name]
    return None
