"""The bot of a workspace: its parts handed to it, and its process. All imports are lazy."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadlore.bot.parts import BotParts
    from threadlore.community import Community
    from threadlore.wiring import Workspace


_log = logging.getLogger(__name__)

MODEL_PATIENCE_S = 20.0
"""How long the chat model may write, and check, before the reviewed entries answer without it: both, and the
search, are over before the bot gives up on an answer."""


class BotService:
    """Serves the Discord bot on one workspace. Milvus belongs to this process as long as it runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._draining = threading.Lock()

    def run(self, *, scheduled: bool = False) -> None:
        """Serve the bot until the process is told to end; with `scheduled`, analyse when that is due.

        Raises:
            ConfigError: a setting is missing, Discord refuses the token or an intent, or what the nightly
                analysis may cost is not settled.
            Locked: another process has Milvus Lite open.
        """
        from threadlore.agents.algebra import one_thread
        from threadlore.bot.schedule import cron_trigger, keep_schedule
        from threadlore.bot.service import check_settings, run_bot
        from threadlore.ingest.sources.discord_live.bot_token import bot_token

        settings = self._workspace.settings
        check_settings(settings)
        token = bot_token(settings.discord_token)
        beside = None
        if scheduled:
            # A line that is none is told before anything is started.
            trigger = cron_trigger(settings.schedule, settings.timezone)
            _log.info("analysis by schedule with %s", self._workspace.models.unattended())
            beside = partial(keep_schedule, trigger, self.analyze)
        with one_thread():
            asyncio.run(run_bot(self.parts(), token, beside))

    async def analyze(self) -> None:
        """Analyse in a process of its own, which never opens Milvus; this one drains what it leaves.

        Raises:
            Retry: it ended with an error.
        """
        from threadlore.bot.schedule import run_child

        settings = self._workspace.settings
        program = "from threadlore.cli import main; main()"
        given = ["--data", str(settings.data), "--profile", settings.profile, "analyze"]
        # Who sets a budget has agreed to what a run may cost up to that.
        agreed = ["--yes"] if settings.budget else []
        await run_child([sys.executable, "-c", program, *given, "--apart", "--json", *agreed])

    def parts(self) -> BotParts:
        """Return what the bot works with."""
        from threadlore.bot.parts import BotParts

        workspace = self._workspace
        return BotParts(
            settings=workspace.settings,
            profile=workspace.profile,
            answerer=workspace.answering(MODEL_PATIENCE_S),
            records=workspace.records,
            desk=workspace.help_desk,
            clock=workspace.clock,
            pseudonym=lambda user: workspace.scrubber.pseudonym(self._source, user),
            clean=self.clean,
            forget=self._forget,
            report=workspace.bundle,
            drain=self.drain,
            community=self._community(),
        )

    def clean(self, text: str) -> str:
        """Return what somebody wrote to the bot as it may be stored: no user's id, no secret."""
        scrubber = self._workspace.scrubber
        return scrubber.clean(scrubber.raw_mentions(self._source, text))

    def _community(self) -> Community:
        from threadlore.wiring.discord import community

        live = community(self._workspace)
        live.parts = dataclasses.replace(live.parts, drain=lambda log: self.drain())
        return live

    @property
    def _source(self) -> str:
        return f"discord:{self._workspace.settings.discord_guild}"

    async def _forget(self, user: str) -> None:
        """Delete a person all the way: records, published files, Milvus."""
        await asyncio.to_thread(self._workspace.forget, [user], self._source)
        await self.drain()

    async def drain(self) -> dict[str, int]:
        """Bring Milvus up to date in a thread with a loop of its own, so that nobody waits for it.

        One drain runs at a time: two would write the same rows.
        """

        def drain() -> dict[str, int]:
            with self._draining:
                return asyncio.run(self._workspace.drain())

        return await asyncio.to_thread(drain)
