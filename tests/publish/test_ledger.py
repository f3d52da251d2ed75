"""What was published is remembered, so that deletion reaches it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.publish.builders import an_entry, tree
from threadlore.errors import StoreDamaged
from threadlore.publish.ledger import FILE, Publication, publications, remember
from threadlore.settings import load_settings
from threadlore.wiring import open_workspace


def test_a_folder_is_remembered_once(tmp_path: Path) -> None:
    remember(tmp_path, Publication("site", str(tmp_path)))
    remember(tmp_path, Publication("site", str(tmp_path), "7d"))
    remember(tmp_path, Publication("report", str(tmp_path)))
    assert publications(tmp_path) == [
        Publication("report", str(tmp_path)),
        Publication("site", str(tmp_path), "7d"),
    ]


def test_a_folder_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    remember(tmp_path, Publication("site", str(tmp_path / "gone")))
    assert publications(tmp_path) == []


@pytest.mark.parametrize("text", ["no json", '[{"wrong": 1}]', "[1]"])
def test_a_damaged_list_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(StoreDamaged, match=r"published\.json"):
        publications(tmp_path)


def test_republishing_takes_pages_of_what_was_deleted_away(tmp_path: Path) -> None:
    out = tmp_path / "pages"
    with open_workspace(load_settings(data=tmp_path / "data", profile="generic")) as workspace:
        workspace.records.save_entries([an_entry(citations=())])
        _, changed = workspace.publish("site", out)
        assert len(changed) == 3
        assert workspace.publish_again() == []
        workspace.records.save_entries([an_entry(citations=(), merged_into="other")])
        assert str(out / "entries" / "memory.md") in workspace.publish_again()
    assert list(tree(out)) == ["index.md"]
    assert json.loads((tmp_path / "data" / FILE).read_text())[0]["folder"] == str(out.resolve())
