"""An embedder behind an endpoint costs money: it is counted in the run, priced, told before, and held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Shell
from threadlore.store.rows import PAGE
from threadlore.testing.endpoint import FakeEndpoint, serving
from threadlore.testing.made_up import write_forum
from threadlore.testing.plain_model import answer

TOPICS = 4


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: FakeEndpoint) -> Shell:
    given = {
        "EMBEDDER": "openai",
        "EMBEDDING_MODEL": "vectors",
        "EMBEDDING_URL": endpoint.url,
        "PROFILE": "generic",
        "PRICES": json.dumps({"vectors": [1000.0, 0.0], "fake": [1.0, 4.0]}),
        "CONFIRM_OVER": "1000",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"THREADLORE_{name}", value)
    monkeypatch.chdir(tmp_path)
    write_forum(tmp_path / "forum.jsonl", TOPICS)
    return Shell(tmp_path / "data")


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    with serving(FakeEndpoint(answer)) as served:
        yield served


def billed(endpoint: FakeEndpoint) -> int:
    """Return the tokens of everything that was embedded, as the fake counts them."""
    return sum(-(-len(text) // 4) for text in endpoint.embedded)


def ingest(shell: Shell, *more: str) -> dict[str, object]:
    done = shell("ingest", shell.data.parent / "forum.jsonl", "--source", "forum:e2e", "--json", *more)
    return dict(done.json)


def test_ingest_and_analysis_count_what_they_embed_at_its_own_price(
    shell: Shell, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ingest(shell)
    asked = billed(endpoint) - 3  # of "dimension", which is asked once, before any run
    assert run["tokens_in"] == asked
    assert run["cost"] == pytest.approx(asked * 1000 / 1_000_000)
    monkeypatch.setenv("THREADLORE_MODEL", "fake")
    monkeypatch.setenv("THREADLORE_MODEL_URL", endpoint.url)
    before = billed(endpoint)
    done = shell("analyze", "--json")
    assert f"{TOPICS * 3} conversations to read with fake" in done.err
    assert "tokens to embed with vectors" in done.err
    spent = {one["prompt"]: one for one in done.json["spending"]}
    embedded = spent.pop("embedding")
    assert 0 < embedded["tokens_in"] <= billed(endpoint) - before
    assert embedded["cost"] == pytest.approx(embedded["tokens_in"] * 1000 / 1_000_000)
    assert all(one["cost"] < 0.1 for one in spent.values())
    assert done.json["cost"] > embedded["cost"]
    told = shell("runs", "show", done.json["id"]).out
    chat = sum(one["tokens_in"] for one in spent.values())
    assert f"tokens a conversation: {chat / (TOPICS * 3):.0f} in" in told


def test_an_ingest_of_several_pages_of_rows_counts_them_all(shell: Shell, endpoint: FakeEndpoint) -> None:
    write_forum(shell.data.parent / "forum.jsonl", PAGE // 3 + 1)
    run = ingest(shell)
    assert run["tokens_in"] == billed(endpoint) - 3


def test_the_budget_holds_the_embedder_too_and_the_next_run_goes_on_there(
    shell: Shell, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(shell)
    whole = Shell(shell.data.with_name("whole"))
    ingest(whole)
    cost = whole("analyze", "--json").json["cost"]
    budget = cost / 2
    short = shell("analyze", "--budget", f"{budget:.4f}", "--json", code=3)
    assert "budget" in short.err
    runs = shell("runs", "list", "--json").json
    assert runs[0]["cost"] <= budget
    paid = list(endpoint.embedded)
    rest = shell("analyze", "--json").json
    fresh = endpoint.embedded[len(paid) :]
    assert rest["error"] is None
    assert rest["cost"] + runs[0]["cost"] == pytest.approx(cost, rel=0.1)
    assert fresh


def test_an_ingest_over_the_budget_keeps_what_it_read_and_the_next_one_embeds_the_rest(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADLORE_BUDGET", "0.001")
    run = ingest(shell)
    assert run["error"] is None
    assert "budget" in str(run["skipped"])
    monkeypatch.delenv("THREADLORE_BUDGET")
    again = ingest(shell)
    assert again["skipped"] == []
    shell("store", "verify")


def test_an_embedder_elsewhere_without_a_price_is_not_asked_unasked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(shell)
    monkeypatch.setenv("THREADLORE_PRICES", "{}")
    monkeypatch.setenv("THREADLORE_HOSTED", "true")
    monkeypatch.setenv("THREADLORE_EMBEDDING_URL", "http://192.0.2.1:9/v1")
    refused = shell("analyze", code=2)
    assert "not known" in refused.err
    assert "no price of vectors" in refused.err


def test_a_budget_without_the_embedders_price_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(shell)
    monkeypatch.setenv("THREADLORE_PRICES", "{}")
    assert "no price of vectors" in shell("analyze", "--budget", "1", code=4).err
