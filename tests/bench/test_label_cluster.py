"""Bad rows are named before anything is embedded."""

from __future__ import annotations

from pathlib import Path

import pytest

from threadlore.bench import cluster, label
from threadlore.errors import BadInput


@pytest.mark.parametrize("task", [cluster, label])
def test_a_row_without_an_id_is_named(tmp_path: Path, task: object) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text('{"id": "a", "title": "one"}\n{"title": "two"}\n')
    with pytest.raises(BadInput, match="Row 2"):
        task.run(data, tmp_path / "out.jsonl")  # type: ignore[attr-defined]


def test_a_row_reads_as_title_and_text_without_the_tag() -> None:
    assert label.row_text({"title": "[Bug]: It hangs", "text": "for hours"}) == "It hangs\nfor hours"
