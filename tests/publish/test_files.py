"""Published files: written when they changed, removed when they go, foreign ones never touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from threadlore.errors import BadInput
from threadlore.publish.files import publish_files


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    assert publish_files(tmp_path, {"a.md": "1", "b/c.md": "2"}, "site") == [
        tmp_path / "a.md",
        tmp_path / "b" / "c.md",
    ]
    assert publish_files(tmp_path, {"a.md": "1", "b/c.md": "2"}, "site") == []
    assert publish_files(tmp_path, {"a.md": "1", "b/c.md": "3"}, "site") == [tmp_path / "b" / "c.md"]


def test_nothing_on_disk_is_touched_the_second_time(tmp_path: Path) -> None:
    publish_files(tmp_path, {"a.md": "1", "b/c.md": "2"}, "site")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    publish_files(tmp_path, {"a.md": "1", "b/c.md": "2"}, "site")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_pages_that_are_no_longer_made_go_with_their_empty_folder(tmp_path: Path) -> None:
    publish_files(tmp_path, {"a.md": "1", "b/c.md": "2"}, "site")
    (tmp_path / "mine.md").write_text("of a person")
    assert publish_files(tmp_path, {"a.md": "1"}, "site") == [tmp_path / "b" / "c.md"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".threadlore-site.json",
        ".threadlore-site.lock",
        "a.md",
        "mine.md",
    ]


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text("of a person")
    with pytest.raises(BadInput, match="not made by Threadlore"):
        publish_files(tmp_path, {"index.md": "ours"}, "site")
    assert (tmp_path / "index.md").read_text() == "of a person"


def test_two_publishers_share_a_folder(tmp_path: Path) -> None:
    publish_files(tmp_path, {"report.md": "1"}, "report")
    publish_files(tmp_path, {"index.md": "2"}, "site")
    assert publish_files(tmp_path, {"report.md": "1"}, "report") == []
    assert (tmp_path / "index.md").exists()


def test_what_a_kill_left_is_cleared(tmp_path: Path) -> None:
    publish_files(tmp_path, {"a.md": "1"}, "site")
    (tmp_path / ".a.md.half").write_text("half of a deleted text")
    publish_files(tmp_path, {"a.md": "1"}, "site")
    assert not (tmp_path / ".a.md.half").exists()


@pytest.mark.parametrize(
    "text", ["no json", "[]", '{"files": ["../x"]}', '{"files": [1]}', '{"files": ["/x"]}']
)
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / ".threadlore-site.json").write_text(text)
    with pytest.raises(BadInput, match="cannot be read"):
        publish_files(tmp_path, {"a.md": "1"}, "site")


def test_names_stay_below_the_folder(tmp_path: Path) -> None:
    for name in ("../a.md", "/a.md", "", "a/../../b.md"):
        with pytest.raises(BadInput):
            publish_files(tmp_path / "out", {name: "1"}, "site")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "entries").symlink_to(outside)
    with pytest.raises(BadInput, match="leads out"):
        publish_files(out, {"entries/a.md": "1"}, "site")
    assert not list(outside.iterdir())


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(BadInput, match="not a folder"):
        publish_files(tmp_path / "out", {"a.md": "1"}, "site")


def test_the_manifest_names_the_files(tmp_path: Path) -> None:
    publish_files(tmp_path, {"a.md": "1"}, "site")
    assert json.loads((tmp_path / ".threadlore-site.json").read_text())["files"] == ["a.md"]
