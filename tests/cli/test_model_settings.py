"""A model is used where the settings name one, tested by doctor, and never sent messages without a yes."""

from __future__ import annotations

import base64
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from threadlore.chat import AT_A_TIME
from threadlore.cli import build_app
from threadlore.errors import ConfigError
from threadlore.settings import load_settings
from threadlore.testing import FixedClock
from threadlore.testing.endpoint import FakeEndpoint, serving
from threadlore.testing.faults import Status
from threadlore.wiring import open_workspace
from threadlore.wiring.bot import BotService
from threadlore.wiring.models import Models, endpoint_of


@pytest.fixture(autouse=True)
def _fast_and_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THREADLORE_EMBEDDER", "hashing")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def doctor(monkeypatch: pytest.MonkeyPatch, endpoint: FakeEndpoint) -> tuple[int, dict[str, Any]]:
    monkeypatch.setenv("THREADLORE_MODEL", "fake")
    monkeypatch.setenv("THREADLORE_MODEL_URL", endpoint.url)
    monkeypatch.setenv("THREADLORE_MODEL_RETRIES", "0")
    ran = CliRunner().invoke(build_app(), ["doctor", "--json"])
    checks = json.loads(ran.stdout)["checks"]
    return ran.exit_code, next(check for check in checks if check["name"] == "model")


def test_doctor_asks_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FakeEndpoint(lambda asked: {"word": "ready"})) as endpoint:
        code, check = doctor(monkeypatch, endpoint)
    assert (code, check["ok"]) == (0, True)
    assert "fake" in check["detail"]


def test_doctor_says_what_keeps_the_model_from_answering(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FakeEndpoint(lambda asked: {}, faults=lambda asked: Status(401))) as endpoint:
        code, check = doctor(monkeypatch, endpoint)
    assert (code, check["ok"]) == (4, False)
    assert "refuses the key" in check["detail"]


@pytest.mark.parametrize(
    "url", ["https://api.openai.com/v1", "http://10.0.0.7:8000/v1", "http://127.0.0.1.evil.org"]
)
def test_messages_leave_the_machine_only_after_a_yes(url: str) -> None:
    with pytest.raises(ConfigError, match="not on this machine"):
        endpoint_of(load_settings(), url)
    assert endpoint_of(load_settings(hosted=True), url).url == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:11434/v1", "http://localhost:8000/v1", "http://[::1]:80/v1"]
)
def test_loopback_needs_no_yes(url: str) -> None:
    assert endpoint_of(load_settings(), url).key == ""


def test_the_key_of_openai_goes_to_openai_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-own")
    settings = load_settings(hosted=True)
    assert endpoint_of(settings, "https://api.openai.com/v1").key == "sk-own"
    assert endpoint_of(settings, "https://api.openai.com.evil.org/v1").key == ""
    assert endpoint_of(load_settings(hosted=True, model_key="k"), "https://elsewhere.org/v1").key == "k"


def test_the_written_settings_are_read_again_as_they_are(tmp_path: Path) -> None:
    before = load_settings()
    ran = CliRunner().invoke(build_app(), ["init"])
    assert ran.exit_code == 0, ran.output
    written = tomllib.loads((tmp_path / "threadlore.toml").read_text(encoding="utf-8"))
    assert written["prices"] == {}
    assert load_settings() == before


HOSTED = {"model": "gpt", "model_url": "https://api.openai.com/v1", "hosted": True}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "no model, no cost"),
        ({"model": "local", "model_url": "http://127.0.0.1:8000/v1"}, "local, at no cost"),
        ({**HOSTED, "prices": {"gpt": (1.0, 2.0)}}, "more than 1 (confirm_over) is not begun"),
        ({**HOSTED, "prices": {"gpt": (1.0, 2.0)}, "budget": 3.0}, "gpt, at most 3 a run (budget)"),
    ],
)
def test_what_holds_the_cost_of_a_nightly_run_is_said(given: dict[str, Any], told: str) -> None:
    assert told in Models(load_settings(**given), FixedClock()).unattended()


@pytest.mark.parametrize("given", [{}, {"budget": 3.0}])
def test_a_nightly_run_that_would_refuse_at_night_is_refused_at_the_start(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "THREADLORE_DISCORD_TOKEN", f"{base64.b64encode(b'123456789012345678').decode()}.not.real"
    )
    settings = load_settings(**HOSTED, discord_guild="42", **given)
    with open_workspace(settings) as workspace, pytest.raises(ConfigError, match="gpt") as refused:
        BotService(workspace).run(scheduled=True)
    assert "prices" in refused.value.hint


def test_doctor_says_whether_a_nightly_run_would_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MODEL", "gpt"), ("MODEL_URL", "http://192.0.2.1:9/v1"), ("DISCORD_GUILD", "42")):
        monkeypatch.setenv(f"THREADLORE_{name}", value)
    ran = CliRunner().invoke(build_app(), ["doctor", "--json"])
    checks = json.loads(ran.stdout)["checks"]
    (check,) = (check for check in checks if check["name"] == "threadlore run")
    assert not check["ok"]
    assert "nobody can be asked at night" in check["detail"]


def test_an_endpoint_on_this_machine_is_waited_for_longer_and_asked_less_at_once() -> None:
    here, there = "http://127.0.0.1:11434/v1", "https://elsewhere.org/v1"
    near, far = endpoint_of(load_settings(), here), endpoint_of(load_settings(hosted=True), there)
    assert (near.timeout_s, near.at_once) == (600, 2)
    assert (far.timeout_s, far.at_once) == (120, 8)
    said = endpoint_of(load_settings(model_timeout=30, model_at_once=16), here)
    assert (said.timeout_s, said.at_once) == (30, 16)


def test_more_conversations_a_request_than_a_reply_may_name_are_refused() -> None:
    assert load_settings(model_reads=AT_A_TIME).model_reads == AT_A_TIME
    with pytest.raises(ConfigError, match="model_reads"):
        load_settings(model_reads=AT_A_TIME + 1)
