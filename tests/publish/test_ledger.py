"""What was published is remembered, so that deletion reaches it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.publish.builders import an_entry, tree
from tests.store.builders import CHANNEL, START, a_batch, a_message, a_question
from threadlore.errors import StoreDamaged
from threadlore.publish.ledger import FILE, Publication, publications, remember
from threadlore.settings import load_settings
from threadlore.store import questions
from threadlore.types import Message
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


@pytest.mark.parametrize("left", [0, 1], ids=["nothing is left", "what is left is older"])
def test_a_period_of_which_everything_was_deleted_is_no_reason_to_keep_its_page(
    tmp_path: Path, left: int
) -> None:
    out = tmp_path / "pages"
    said = [a_message(str(day), "words", created_at=START + timedelta(days=day)) for day in (1, 100)]
    since = f"{START + timedelta(days=99):%Y-%m-%d}"
    with open_workspace(load_settings(data=tmp_path / "data", profile="generic")) as workspace:

        def ask(*messages: Message) -> None:
            workspace.records.save_batch(a_batch(*messages))
            with workspace.records.database.write():
                asked = [a_question(CHANNEL, one) for one in messages]
                questions.write(workspace.records.database, asked)

        ask(*said)
        workspace.publish("report", out, since)
        page = (out / "report.md").read_text()
        workspace.eraser.erase([message.id for message in said[left:]])
        assert (out / "report.md").read_text() != page
        assert publications(tmp_path / "data")[0].since == since
        ask(a_message("3", created_at=START + timedelta(days=101)))
        workspace.publish_again()
        assert "10 April 2026 to 12 April 2026" in (out / "report.md").read_text()
