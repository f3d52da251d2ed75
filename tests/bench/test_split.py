"""`bench split` reads labelled chats as people have them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from threadlore.bench.io import read_rows, write_rows
from threadlore.bench.split import run, to_messages
from threadlore.cli.bench import run_task, task_names
from threadlore.errors import BadInput, NotFound
from threadlore.types import MessageKind


def rows() -> list[dict[str, object]]:
    return [
        {"file": "a", "id": 1, "ts": "23:58", "author": "anna", "text": "how do I mount a disk?"},
        {"file": "b", "id": 1, "ts": "2026-01-01T10:00:00", "author": "carl", "text": "anna: hello?"},
        {"file": "a", "id": 2, "ts": None, "author": None, "text": "=== bert joined"},
        {"file": "a", "id": 3, "ts": "00:01", "author": "bert", "text": "anna: with mount, see its page"},
    ]


def test_streams_never_cross_and_ids_come_back_as_they_were(tmp_path: Path) -> None:
    data, out = tmp_path / "chat.jsonl.gz", tmp_path / "deep" / "out.jsonl"
    with gzip.open(data, "wt", encoding="utf-8") as handle:
        handle.writelines(json.dumps(row) + "\n" for row in rows())
    counts = run(data=data, predictions=out)
    found = {(row["file"], row["id"]): row for row in read_rows(out)}
    assert counts == {"streams": 2, "messages": 4, "conversations": 3}
    assert found["a", 3]["conversation"] == found["a", 1]["conversation"] == "1"
    assert found["a", 3]["reply_to"] == ["1"]
    assert found["b", 1]["reply_to"] == []


def test_clock_times_run_on_over_midnight_and_missing_ones_are_filled() -> None:
    messages = to_messages([row for row in rows() if row["file"] == "a"], "a")
    assert [one.kind for one in messages] == [MessageKind.NORMAL, MessageKind.SYSTEM, MessageKind.NORMAL]
    assert messages[1].created_at == messages[0].created_at
    assert (messages[2].created_at - messages[0].created_at).total_seconds() == 180


def test_a_row_without_id_is_named(tmp_path: Path) -> None:
    data = tmp_path / "chat.jsonl"
    write_rows(data, [{"file": "a", "text": "hi"}])
    with pytest.raises(BadInput, match="row 1"):
        run(data=data, predictions=tmp_path / "out.jsonl")


@pytest.mark.parametrize("text", ["{broken", "[1]", '{"id": 1}\n{"id"'])
def test_a_broken_file_is_bad_input(tmp_path: Path, text: str) -> None:
    data = tmp_path / "chat.jsonl"
    data.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput):
        read_rows(data)


def test_a_missing_file_and_an_unknown_task_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        read_rows(tmp_path / "none.jsonl")
    with pytest.raises(NotFound, match="split"):
        run_task("nonsense split", {})
    with pytest.raises(BadInput, match="--data"):
        run_task("split", {"predictions": tmp_path / "out.jsonl"})
    assert "split" in task_names()
    assert "io" not in task_names()
