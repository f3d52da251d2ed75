"""`bench match`: the forms it reads, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from threadlore.bench.match import run, to_entry, to_text
from threadlore.errors import BadInput
from threadlore.settings import load_settings
from threadlore.types import EntryState

FAQ = [
    {
        "id": "a",
        "question": "How do I back up a collection?",
        "paraphrases": ["save a snapshot"],
        "answer": "x",
    },
    {"id": "b", "question": "Why is search slow?", "paraphrases": ["slow queries", "latency"], "answer": ""},
]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_line_becomes_an_approved_entry() -> None:
    entry = to_entry(FAQ[0], "line 1")
    assert (entry.state, entry.paraphrases) == (EntryState.APPROVED, ("save a snapshot",))


def test_a_question_is_title_and_text() -> None:
    assert to_text({"title": "T", "body": "B"}) == "T\nB"
    assert to_text({"text": "only"}) == "only"


@pytest.mark.parametrize("row", [{"id": "a"}, {"question": "no id?"}])
def test_a_line_without_id_or_question_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="line 1"):
        to_entry(row, "faq, line 1")


def test_an_id_twice_is_refused(tmp_path: Path) -> None:
    faq = write(tmp_path / "faq.jsonl", [dict(FAQ[0]), dict(FAQ[0])])
    data = write(tmp_path / "data.jsonl", [{"id": "1", "text": "x"}])
    with pytest.raises(BadInput, match="twice"):
        run(faq, data, tmp_path / "out.jsonl", load_settings())


def test_predictions_have_the_form_of_the_scorer(tmp_path: Path) -> None:
    faq = write(tmp_path / "faq.jsonl", [dict(row) for row in FAQ])
    data = write(
        tmp_path / "data.jsonl", [{"key": "1", "text": "slow queries"}, {"id": "a", "text": "snapshot"}]
    )
    settings = load_settings(embedder="hashing")
    counts = run(faq, data, tmp_path / "out.jsonl", settings)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert counts["questions"] == 2
    assert rows[0]["id"] == "1"
    assert rows[0]["ranked"][0] == "b"
    assert set(rows[0]) == {"id", "ranked", "score", "abstain"}
    assert "a" not in rows[1]["ranked"]
