"""Group the rows of a file as the analysis groups questions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from threadlore.bench.io import first_of, read_rows, write_rows
from threadlore.errors import BadInput
from threadlore.settings import Settings, load_settings
from threadlore.wiring import Workspace

LONGEST = 4_000
"""Characters of a row that are read: far more than the embedder does."""


def run(data: Path, predictions: Path, settings: Settings | None = None) -> dict[str, int]:
    """Read `data` (id or key, title, text or body; JSON lines) and write id and cluster of each row.

    Rows that belong nowhere have cluster -1. Of the two levels the one is written whose groups stand
    clearest apart.

    Raises:
        BadInput: `data` cannot be read, or a row has neither id nor key.
    """
    from threadlore.agents.cluster import cluster_vectors

    settings = settings or load_settings()
    rows = read_rows(data)
    ids = [_row_id(row, number) for number, row in enumerate(rows, 1)]
    texts = [_row_text(row) for row in rows]
    vectors = asyncio.run(Workspace(settings).embedder.embed(texts))
    found = cluster_vectors(vectors, texts, settings.seed)
    write_rows(
        predictions,
        ({"id": key, "cluster": label} for key, label in zip(ids, found.answer(), strict=True)),
    )
    return found.counts


def _row_id(row: dict[str, Any], number: int) -> str:
    key = first_of(row, "id", "key")
    if key is None:
        raise BadInput(f"Row {number} has neither id nor key.", "Give each row an id.")
    return str(key)


def _row_text(row: dict[str, Any]) -> str:
    parts = (first_of(row, "title"), first_of(row, "text", "body"))
    return "\n".join(str(part) for part in parts if part)[:LONGEST]
