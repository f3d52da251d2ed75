"""Give the rows of a file their areas, as the analysis gives them to questions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from threadlore.bench.io import first_of, read_rows, write_rows
from threadlore.errors import BadInput
from threadlore.settings import Settings, load_settings
from threadlore.wiring import Workspace

FITTED_PROFILE = "milvus"
"""The profile that ships weights fitted on labelled threads."""

LONGEST = 4_000
"""Characters of a row that are read: far more than the embedder does."""


def run(data: Path, predictions: Path, settings: Settings | None = None) -> dict[str, int]:
    """Read `data` (key or id, title, text; JSON lines) and write key and label of each row.

    The areas are those of the profile that was chosen; without a choice, of the one that ships fitted
    weights.

    Raises:
        BadInput: `data` cannot be read, or a row has neither key nor id.
    """
    from threadlore.agents.label import area_model

    rows = read_rows(data)
    keys = [_row_key(row, number) for number, row in enumerate(rows, 1)]
    texts = [row_text(row) for row in rows]
    workspace = Workspace(_with_areas(settings or load_settings()))
    vectors = asyncio.run(workspace.embedder.embed(texts))
    model = asyncio.run(area_model(workspace.profile, workspace.embedder))
    chosen = [model.areas[at] for at in model.probabilities(vectors, texts).argmax(axis=1)]
    write_rows(predictions, ({"key": key, "label": area} for key, area in zip(keys, chosen, strict=True)))
    return dict(Counter(chosen))


def _with_areas(settings: Settings) -> Settings:
    if "profile" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"profile": FITTED_PROFILE})


def row_text(row: Mapping[str, Any]) -> str:
    """Return the text of a row: its title without a bug tracker's tags, and what follows it."""
    from threadlore.agents.naming.areas import without_tag

    title = without_tag(str(first_of(row, "title") or ""))
    parts = (title, str(first_of(row, "text", "body", "question") or ""))
    return "\n".join(part for part in parts if part)[:LONGEST]


def _row_key(row: Mapping[str, Any], number: int) -> str:
    key = first_of(row, "key", "id")
    if key is None:
        raise BadInput(f"Row {number} has neither key nor id.", "Give each row a key.")
    return str(key)
