"""Discord beside `wiring`: a live server read into a workspace. All imports are lazy."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadlore.community import Manner
    from threadlore.ingest.sources.discord_live.checking import Finding
    from threadlore.ingest.sources.discord_live.community import LiveDiscord
    from threadlore.ingest.sources.discord_live.opening import Opening
    from threadlore.ingest.sources.discord_live.plan import GuildPlan
    from threadlore.runs import Progress
    from threadlore.types import Run
    from threadlore.wiring import Workspace


def _silent(stage: str, done: int, total: int) -> None:
    """Show no progress."""


async def ingest_discord(
    workspace: Workspace, manner: Manner, channels: Collection[str] | None, progress: Progress
) -> Run:
    """Bring in what is new on Discord, and take out what was deleted; `channels` None stands for all.

    Raises:
        ConfigError: there is no bot's token, it is refused, or the message content intent is missing.
        Retry: Discord does not answer, or refuses too much; what was read is kept.
    """
    from threadlore.ingest.run import run_ingest
    from threadlore.ingest.sync import SHOWN_BEFORE

    workspace.eraser.finish()
    opened = opening(workspace)
    async with opened.connect() as api:
        sources = await opened.sources(api, manner, channels)
        run = await run_ingest(workspace.ingest_parts(progress), sources)
    if any(stage.counts.keys() & SHOWN_BEFORE for stage in run.stages):
        workspace.publish_again()
    return run


def community(workspace: Workspace) -> LiveDiscord:
    """Return the community as the bot's process reads it.

    Raises:
        ConfigError: there is no bot's token.
    """
    from threadlore.ingest.sources.discord_live.bot_token import bot_token
    from threadlore.ingest.sources.discord_live.community import LiveDiscord

    bot_token(workspace.settings.discord_token)
    workspace.eraser.finish()
    return LiveDiscord(opening(workspace), workspace.ingest_parts(_silent), workspace.publish_again)


async def plan_discord(
    workspace: Workspace, manner: Manner, channels: Collection[str] | None
) -> list[GuildPlan]:
    """Count what `ingest_discord` would read, without reading a message or storing anything.

    Raises:
        ConfigError, Retry: as `ingest_discord`.
    """
    from threadlore.ingest.sources.discord_live.plan import plan

    opened = opening(workspace)
    async with opened.connect() as api:
        sources = await opened.sources(api, manner, channels)
        return [await plan(source, workspace.records.cursors(source.name)) for source in sources]


async def check_discord(workspace: Workspace) -> list[Finding]:
    """Return what is right and wrong with the token, the intents, and the permissions, in words."""
    from threadlore.ingest.sources.discord_live import checking

    return [finding async for finding in checking.check_discord(opening(workspace))]


def opening(workspace: Workspace) -> Opening:
    """Return what opens the guilds that the settings name."""
    from threadlore.ingest.sources.discord_live.opening import Opening

    return Opening(workspace.settings, workspace.records, workspace.scrubber, workspace.clock)
