"""A run with a model from the command line: told before, asked when dear, kept to a budget, paid for once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Shell
from threadlore.testing.endpoint import FakeEndpoint, serving
from threadlore.testing.made_up import write_forum
from threadlore.testing.plain_model import answer

TOPICS = 6
PRICES = json.dumps({"fake": [100.0, 400.0]})
"""Dear enough that this small forum costs whole units."""


@pytest.fixture
def endpoint(settings: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    with serving(FakeEndpoint(answer)) as served:
        settings.setenv("THREADLORE_MODEL_URL", served.url)
        settings.setenv("THREADLORE_MODEL", "fake")
        settings.setenv("THREADLORE_PRICES", PRICES)
        settings.setenv("THREADLORE_CONFIRM_OVER", "1.0")
        yield served


@pytest.fixture
def forum(shell: Shell, endpoint: FakeEndpoint, tmp_path: Path) -> Shell:
    write_forum(tmp_path / "forum.jsonl", TOPICS)
    shell("ingest", tmp_path / "forum.jsonl", "--source", "forum:e2e")
    return shell


def bodies(endpoint: FakeEndpoint) -> list[str]:
    return [json.dumps(body, sort_keys=True) for body in endpoint.requests]


def test_the_estimate_is_shown_and_the_run_tells_what_it_took(forum: Shell, endpoint: FakeEndpoint) -> None:
    done = forum("analyze", "--yes", "--json")
    assert f"{TOPICS * 3} conversations to read with fake" in done.err
    run = done.json
    assert run["cost"] == pytest.approx((run["tokens_in"] * 100 + run["tokens_out"] * 400) / 1_000_000)
    assert sum(one["calls"] for one in run["spending"]) == len(endpoint.requests)
    assert {"distil/2", "draft/2"} <= {one["prompt"] for one in run["spending"]}
    shown = forum("runs", "show", run["id"]).out
    assert "tokens a conversation:" in shown
    (entry, *_) = (line for line in shown.split("entries: ")[1].split(", "))
    path = forum("runs", "show", run["id"], "--entry", entry.strip()).out
    assert "<- forum:e2e/t" in path
    assert "draft/2 by fake" in path
    assert f"paid in {run['id']}, kept as " in path, "ids are whole: to be copied"


def test_what_may_cost_more_than_the_limit_is_not_begun_unasked(forum: Shell, endpoint: FakeEndpoint) -> None:
    refused = forum("analyze", code=2)
    assert "confirm_over" in refused.err
    assert endpoint.requests == []
    forum("analyze", "--budget", "1.0")
    assert endpoint.requests


def test_a_model_elsewhere_without_a_price_is_not_asked_unasked(
    forum: Shell, settings: pytest.MonkeyPatch
) -> None:
    settings.setenv("THREADLORE_PRICES", "{}")
    settings.setenv("THREADLORE_HOSTED", "true")
    settings.setenv("THREADLORE_MODEL_URL", "http://192.0.2.1:9/v1")
    assert "not known" in forum("analyze", code=2).err


def test_a_budget_without_a_price_is_refused(forum: Shell, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("THREADLORE_PRICES", "{}")
    assert "no price" in forum("analyze", "--budget", "1", code=4).err


def test_a_budget_stops_the_run_and_the_next_one_pays_only_for_the_rest(
    forum: Shell, endpoint: FakeEndpoint
) -> None:
    whole = forum("analyze", "--yes", "--json").json["cost"]
    endpoint.requests.clear()
    other = Shell(forum.data.with_name("other"))
    other("ingest", forum.data.with_name("forum.jsonl"), "--source", "forum:e2e")
    short = other("analyze", "--budget", f"{whole / 2:.3f}", "--yes", "--json").json
    assert 0 < short["cost"] <= whole / 2
    assert short["error"] is None
    assert any("budget" in skipped["reason"] for skipped in short["skipped"])
    paid = len(endpoint.requests)
    rest = other("analyze", "--yes", "--json").json
    assert len(endpoint.requests) > paid
    assert len(set(bodies(endpoint))) == len(endpoint.requests), "nothing is asked twice"
    assert rest["skipped"] == []
    assert rest["cost"] + short["cost"] == pytest.approx(whole, rel=0.05)


def test_nothing_new_asks_the_model_nothing(forum: Shell, endpoint: FakeEndpoint) -> None:
    forum("analyze", "--yes")
    asked = len(endpoint.requests)
    again = forum("analyze", "--yes", "--json").json
    assert len(endpoint.requests) == asked
    assert again["cost"] == 0
