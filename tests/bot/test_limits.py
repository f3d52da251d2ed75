"""Whoever asks for far too much waits, whatever it is: questions, buttons, commands, suggestions."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.bot.scene import SLOW, Scene, play
from tests.fakes.discord import Specification
from tests.fakes.discord.interactions import Interaction
from threadlore.bot.requests import LETTERS, USES, WINDOW
from threadlore.helpdesk import Tally


@pytest.fixture
def scene(tmp_path: Path, discord_specification: Specification | None) -> Scene:
    """Return a scene in which a person may ask one question in a while."""
    return Scene(tmp_path / "data", discord_specification, bot_user_limit=1)


async def suggested(scene: Scene) -> int:
    """Write a word of an entry, and return how many are suggested."""
    typed = scene.world.complete(
        "faq show", {"entry": "slow"}, focused="entry", by=scene.ada, channel=scene.chat
    )
    await scene.fake.until(lambda: typed.choices is not None)
    return len(typed.choices or ())


def test_a_person_who_votes_without_end_waits_and_others_do_not(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        def pressed(label: str) -> Interaction:
            return scene.world.press(asked.messages[0], label, by=scene.ada)

        async with scene.alive():
            asked = await scene.ask(SLOW, by=scene.bob)
            for number in range(USES):
                assert "Thank you" in await scene.done(pressed("Not helpful" if number else "Helpful"))
            refused = pressed("Helpful")
            assert "try again in" in await scene.done(refused) and refused.ephemeral
            other = scene.world.press(asked.messages[0], "Helpful", by=scene.bob)
            assert "Thank you" in await scene.done(other)
            scene.clock.advance(WINDOW)
            assert "Thank you" in await scene.done(pressed("Helpful"))
        slow = next(item for item in scene.records.entries() if item.id == "slow")
        assert scene.desk.tallies([slow]) == {"slow": Tally(helpful=2)}

    play(scene, act)


def test_a_person_who_uses_commands_without_end_waits(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            said = []
            for _ in range(USES + 1):
                found = scene.world.command("faq search", {"words": "slow"}, by=scene.ada, channel=scene.chat)
                said.append(await scene.done(found))
            assert all(SLOW in one for one in said[:-1])
            assert SLOW not in said[-1] and "try again in" in said[-1]

    play(scene, act)


def test_suggestions_end_for_whoever_writes_without_end(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            counts = [await suggested(scene) for _ in range(LETTERS + 1)]
            assert all(counts[:-1]) and counts[-1] == 0
            scene.clock.advance(WINDOW + timedelta(seconds=1))
            assert await suggested(scene)

    play(scene, act)
