"""What runs did and cost is listed, and a sentence of an entry is followed back to its message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.store.builders import a_batch, a_citation, a_message, an_entry, at
from threadlore.calls import EntryTrail, ModelCall, SentenceTrail
from threadlore.cli import build_app
from threadlore.store.records import Records
from threadlore.types import Run, Skipped, Spending, Stage

SAID = a_message("1", "Raise grpc.timeout to 90 seconds.", author="u_hanna", url="https://forum.example/1")
RUN = Run(
    id="run_1",
    kind="analyze",
    settings_hash="s",
    code_version="0",
    started_at=at(0),
    finished_at=at(9),
    stages=(Stage(name="distil", counts={"conversations": 4}, seconds=1.0),),
    tokens_in=4000,
    tokens_out=800,
    cost=0.5,
    spending=(
        Spending(prompt="distil/1", calls=3, tokens_in=3000, tokens_out=500, cost=0.3),
        Spending(prompt="draft/1", calls=1, reused=2, tokens_in=1000, tokens_out=300, cost=0.2),
    ),
    skipped=(Skipped(item="t_9", reason="extracted without the model"),),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    records = Records(tmp_path)
    records.save_batch(a_batch(SAID))
    records.save_entries([an_entry(citations=(a_citation(SAID, "Raise grpc.timeout"),))])
    records.save_run(RUN)
    broken = RUN.model_copy(update={"id": "run_2", "finished_at": None, "started_at": at(20), "spending": ()})
    records.save_run(broken)
    call = ModelCall(
        key="k1",
        run_id="run_1",
        prompt="draft/1",
        model="m",
        reply="{}",
        tokens_in=1000,
        tokens_out=300,
        at=at(1),
    )
    records.save_model_call(call, [SAID.id])
    sentences = (
        SentenceTrail(text="Raise it.", sources=(SAID.id,), verdict="supported", by="check/1", calls=("k1",)),
        SentenceTrail(text="Use v9.", verdict="refused", by="code", reason="v9 is nowhere", kept=False),
    )
    records.save_trails(
        [EntryTrail(entry_id="e_1", run_id="run_1", method="m", sentences=sentences, at=at(2))]
    )
    records.close()
    return tmp_path


def shown(data: Path, *words: str, code: int = 0) -> str:
    ran = CliRunner().invoke(build_app(), ["--data", str(data), "runs", *words])
    assert ran.exit_code == code, ran.output
    return ran.output


def test_runs_are_listed_newest_first_with_what_they_cost(data: Path) -> None:
    listed = json.loads(shown(data, "list", "--json"))
    assert [run["id"] for run in listed] == ["run_2", "run_1"]
    table = shown(data)
    assert "broken off" in table
    assert "0.5000" in table


def test_a_run_shows_its_tokens_by_prompt_and_by_conversation(data: Path) -> None:
    text = shown(data, "show", "run_1")
    assert "draft/1" in text
    assert "tokens a conversation: 1000 in, 200 out (4 conversations)" in text
    assert "skipped t_9: extracted without the model" in text
    assert "wrote 1 entries: e_1" in text


def test_a_sentence_is_followed_back_to_its_message(data: Path) -> None:
    text = shown(data, "show", "run_1", "--entry", "e_")
    assert "1. Raise it.\n   kept: supported, says check/1" in text
    assert f"<- {SAID.id} (u_hanna, member, 2026-01-01) https://forum.example/1" in text
    assert "Raise grpc.timeout to 90 seconds." in text
    assert "2. Use v9.\n   cut: refused, says code (v9 is nowhere)" in text
    path = json.loads(shown(data, "show", "run_1", "--entry", "e_1", "--json"))
    assert path["calls"][0]["prompt"] == "draft/1"
    assert path["sentences"][0]["grounds"][0]["id"] == SAID.id


def test_what_is_not_there_is_named(data: Path) -> None:
    ran = CliRunner().invoke(build_app(), ["--data", str(data), "runs", "show", "run_2", "--entry", "e_1"])
    assert "run_1" in getattr(ran.exception, "hint", "")
    ran = CliRunner().invoke(build_app(), ["--data", str(data), "runs", "show", "run_"])
    assert "No run" in str(ran.exception)
