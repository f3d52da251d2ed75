"""The bot on simcord, an independent test Discord: another's reading of the rules.

Left out is what simcord 3.2 does not do: posts in forums by members; context menus of one guild, whose id
it forgets to send; loops beside the conversation, for whose end it waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import simcord

from tests.bot.scene import SLOW, Scene
from threadlore.bot.client import Bot
from threadlore.helpdesk import Tally


class Foreground(Bot):
    """The bot without what runs beside the conversation."""

    def background(self, work: Coroutine[Any, Any, object], what: str) -> None:
        """Leave it out."""
        work.close()


class Town:
    """Simcord's guild for a scene: a chat, a member and a reviewer."""

    def __init__(self, env: Any, scene: Scene) -> None:
        self.env, self.scene = env, scene
        self.guild = env.create_guild(id=scene.guild.id)
        self.chat = self.guild.create_text_channel("general")
        self.ada = self.guild.add_member(env.create_user("ada"))
        self.mae = self.guild.add_member(env.create_user("mae"), roles=[self.guild.create_role("Reviewers")])


def played(tmp_path: Path, act: Callable[[Town], Awaitable[None]]) -> None:
    """Run an act in a town of simcord's; an error in the bot fails the test."""
    scene = Scene(tmp_path)

    async def run() -> None:
        async with simcord.run(Foreground(scene.parts()), settle_timeout=60.0) as env:
            await act(Town(env, scene))

    asyncio.run(run())


def text(answer: Any) -> str:
    """Return all words of an answer."""
    parts = [answer.content]
    for embed in answer.embeds:
        parts += [embed.title or "", embed.description or "", *(field.value or "" for field in embed.fields)]
    return "\n".join(parts)


def test_a_question_is_answered_with_sources(tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        asked = await town.ada.slash(town.chat, "ask", question=SLOW)
        assert "The answer of slow." in text(asked.response)
        assert "https://example.org/page" in text(asked.response)

    played(tmp_path, act)


def test_a_private_question_is_seen_by_its_asker_alone(tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        asked = await town.ada.slash(town.chat, "ask", question=SLOW, private=True)
        assert asked.ephemeral
        assert town.chat.history(viewer=town.mae) == []
        assert len(town.chat.history(viewer=town.ada)) == 1

    played(tmp_path, act)


def test_buttons_work_after_a_restart(tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        await town.ada.slash(town.chat, "ask", question=SLOW)
        await town.env.restart_bot(Foreground(town.scene.parts()))
        thanked = await town.ada.click(town.chat.last_message, label="Helpful")
        assert thanked.ephemeral
        slow = next(one for one in town.scene.records.entries() if one.id == "slow")
        assert town.scene.desk.tallies([slow]) == {"slow": Tally(helpful=1)}

    played(tmp_path, act)


def test_an_answer_pings_nobody(tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        question = f"@everyone {town.mae.mention} {SLOW}"
        await town.ada.slash(town.chat, "ask", question=question)
        said = town.chat.last_message
        assert (said.mentions, said.role_mentions, said.mention_everyone) == ([], [], False)

    played(tmp_path, act)


def test_entries_complete_themselves(tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        offered = await town.ada.autocomplete(town.chat, "faq show", "entry", "slow")
        shown = await town.ada.slash(town.chat, "faq show", entry=offered[0]["value"])
        assert "The answer of slow." in text(shown.response)

    played(tmp_path, act)


def test_the_report_is_for_the_roles_that_are_named(tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        refused = await town.ada.slash(town.chat, "report")
        assert "roles that the maintainers named" in text(refused.response)
        shown = await town.mae.slash(town.chat, "report")
        assert "What people ask" in text(shown.response)

    played(tmp_path, act)
