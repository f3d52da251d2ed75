"""From the settings to the guilds that are read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from threadlore.community import Manner
from threadlore.errors import ConfigError
from threadlore.ingest.scrub import Scrubber
from threadlore.ingest.sources.discord_live.api import DiscordApi
from threadlore.ingest.sources.discord_live.guild import Choice
from threadlore.ingest.sources.discord_live.pacing import Pace
from threadlore.ingest.sources.discord_live.reading import HeldMessages
from threadlore.ingest.sources.discord_live.source import DiscordSource
from threadlore.ingest.values import list_of, mapping_of, text_of
from threadlore.seams import Clock
from threadlore.settings import Settings


@dataclass(frozen=True)
class Opening:
    """What opens the guilds: settings, and what sources need of the data folder."""

    settings: Settings
    held: HeldMessages
    scrubber: Scrubber
    clock: Clock

    def connect(self, pace: Pace | None = None) -> DiscordApi:
        """Return a connection, which logs in when it is entered.

        Raises:
            ConfigError: there is no token, or it is no bot's.
        """
        return DiscordApi(self.settings.discord_token, self.settings.discord_api, pace)

    async def sources(
        self, api: DiscordApi, manner: Manner, only: Collection[str] | None = None
    ) -> list[DiscordSource]:
        """Return the guild that the settings name, or every guild that the bot is in.

        Args:
            api: The connection.
            manner: How to read.
            only: Channels, by id or name; None for all.

        Raises:
            ConfigError: the bot is in no guild.
        """
        named = self.settings.discord_guild
        guilds = [named] if named else await _all_guilds(api)
        return [self.source(api, guild, manner, only) for guild in guilds]

    def source(
        self, api: DiscordApi, guild: str, manner: Manner, only: Collection[str] | None = None
    ) -> DiscordSource:
        """Return one guild by id."""
        settings = self.settings
        choice = Choice.of(
            settings.discord_private,
            settings.discord_skip,
            settings.discord_solved_tags,
            only,
            settings.discord_everyone,
        )
        return DiscordSource(
            api=api,
            guild=guild,
            choice=choice,
            held=self.held,
            pseudonym=partial(self.scrubber.pseudonym, f"discord:{guild}"),
            clock=self.clock,
            manner=manner,
            keep_days=settings.retention_days,
        )


async def _all_guilds(api: DiscordApi) -> list[str]:
    answer = list_of(await api.get("/users/@me/guilds", query={"limit": 200}))
    found = sorted(filter(None, (text_of(mapping_of(guild).get("id")) for guild in answer)), key=int)
    if not found:
        raise ConfigError(
            "The bot is in no server yet.", "Invite it: README, `I have a Discord`, shows the link."
        )
    return found
