"""The bot with a chat model: it answers by it, keeps nothing of what was asked, and does without it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.scene import BACKUP, Scene, play
from tests.e2e.conftest import files_with
from tests.fakes.discord import Specification
from threadlore.settings import load_settings
from threadlore.testing import FixedClock
from threadlore.testing.endpoint import Asked, FakeEndpoint, serving
from threadlore.testing.faults import Status
from threadlore.testing.plain_model import answer
from threadlore.wiring.models import Models

MARK = "quokkaplumbing"
TOLD = "Says the model: the answer of backup."


def says(asked: Asked) -> Any:
    """Answer from the entry, and check by the plain model."""
    if asked.output != "AnswerReply":
        return answer(asked)
    cites = [{"ref": "q2", "quote": "The answer of backup"}]
    claims = [{"form": "sentence", "text": TOLD, "cites": cites}]
    return {"action": "answer", "claims": claims, "missing": "", "between": []}


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    with serving(FakeEndpoint(says)) as served:
        yield served


@pytest.fixture
def scene(tmp_path: Path, discord_specification: Specification | None, endpoint: FakeEndpoint) -> Scene:
    made = Scene(tmp_path / "data", discord_specification)
    settings = load_settings(model="fake", model_url=endpoint.url, model_retries=0)
    made.calls = Models(settings, FixedClock()).calls_to_answer()
    return made


def test_what_people_ask_and_what_a_model_answers_is_written_down_nowhere(
    scene: Scene, endpoint: FakeEndpoint
) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            given = {"question": f"{BACKUP} I call it {MARK}."}
            asked = scene.world.command("ask", given, by=scene.ada, channel=scene.chat)
            assert TOLD in await scene.done(asked)

    play(scene, act)
    assert MARK in json.dumps(endpoint.requests)
    for text in (MARK, TOLD):
        assert files_with(scene.folder, text) == []


def test_while_the_model_is_down_the_reviewed_entry_answers_and_the_log_says_why(
    scene: Scene, endpoint: FakeEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.faults = lambda asked: Status(401)

    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = scene.world.command("ask", {"question": BACKUP}, by=scene.ada, channel=scene.chat)
            assert "The answer of backup." in await scene.done(asked)

    with caplog.at_level(logging.WARNING):
        play(scene, act)
    assert f"answered without the model: {endpoint.url} refuses the key." in caplog.text
