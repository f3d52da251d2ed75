"""`bench distil` writes what the scorer reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from threadlore.agents.distil import to_be_read
from threadlore.bench.distil import run, to_conversation
from threadlore.bench.io import read_rows, write_rows
from threadlore.errors import BadInput
from threadlore.profile import load_profile


def test_conversations_come_back_with_questions_and_status(tmp_path: Path) -> None:
    data, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    messages = [
        {"id": 1, "author": "anna", "text": "how do I rotate the log files?", "ts": "2026-01-01T10:00:00"},
        {
            "id": 2,
            "author": "bert",
            "text": "send the process a HUP signal and it opens them again",
            "ts": "",
        },
        {"id": 3, "author": "anna", "text": "thanks!"},
    ]
    write_rows(data, [{"id": "x", "messages": messages}, {"id": "y", "messages": []}])
    assert run(data=data, predictions=out) == {"conversations": 2, "questions": 1}
    first, second = read_rows(out)
    assert second == {"id": "y", "questions": []}
    assert first["questions"] == [
        {
            "text": "How do I rotate the log files?",
            "message_ids": ["1"],
            "status": "resolved",
            "resolution_message_ids": ["2"],
        }
    ]


@pytest.mark.parametrize(
    "row",
    [{"messages": []}, {"id": "x"}, {"id": "x", "messages": [{"text": "no id"}]}, {"id": "x", "messages": 3}],
)
def test_a_row_that_lacks_something_is_bad_input(tmp_path: Path, row: dict[str, object]) -> None:
    data = tmp_path / "in.jsonl"
    write_rows(data, [row])
    with pytest.raises(BadInput):
        run(data=data, predictions=tmp_path / "out.jsonl")


def test_no_real_question_is_kept_from_a_model(shared: Path) -> None:
    rows = list(read_rows(shared / "data" / "distil" / "distil_gold.jsonl.gz"))
    read = to_be_read([to_conversation(row) for row in rows], load_profile("generic"))
    sent = {one.thread.id for one in read}
    assert not {row["id"] for row in rows if row["questions"]} - sent
