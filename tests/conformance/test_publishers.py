"""What every publisher must do, run over each one found on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.publish.builders import empty_bundle, full_bundle, tree
from threadlore.errors import NotFound
from threadlore.publish import load_publisher, publisher_names

PUBLISHERS = publisher_names()


def test_publishers_are_found_by_their_folder() -> None:
    assert {"report", "site"} <= set(PUBLISHERS)
    with pytest.raises(NotFound, match="nothing-like-it"):
        load_publisher("nothing-like-it")


@pytest.mark.parametrize("name", PUBLISHERS)
def test_the_first_time_everything_is_written(name: str, tmp_path: Path) -> None:
    changed = load_publisher(name).publish(full_bundle(), tmp_path / "out")
    assert {str(path.relative_to(tmp_path / "out")) for path in changed} == set(tree(tmp_path / "out"))
    assert changed


@pytest.mark.parametrize("name", PUBLISHERS)
def test_the_same_bundle_twice_writes_nothing(name: str, tmp_path: Path) -> None:
    load_publisher(name).publish(full_bundle(), tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert load_publisher(name).publish(full_bundle(), tmp_path) == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("name", PUBLISHERS)
def test_the_same_bundle_makes_the_same_files_anywhere(name: str, tmp_path: Path) -> None:
    load_publisher(name).publish(full_bundle(), tmp_path / "one")
    load_publisher(name).publish(full_bundle(), tmp_path / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


@pytest.mark.parametrize("name", PUBLISHERS)
def test_an_empty_bundle_says_what_to_do_next(name: str, tmp_path: Path) -> None:
    load_publisher(name).publish(empty_bundle(), tmp_path)
    assert "threadlore ingest" in "".join(tree(tmp_path).values())


@pytest.mark.parametrize("name", PUBLISHERS)
def test_what_left_the_bundle_leaves_the_files(name: str, tmp_path: Path) -> None:
    load_publisher(name).publish(full_bundle(), tmp_path)
    load_publisher(name).publish(empty_bundle(), tmp_path)
    left = "".join(tree(tmp_path).values())
    assert "HNSW" not in left
    assert "forum.example" not in left
