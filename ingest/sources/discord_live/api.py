"""Discord's REST API, read only: discord.py's client with what it does not do itself.

It does the buckets of each route, 429, 500, 502, 504. Added here: the pace, the count of refused requests,
503, connections that break, answers that are cut off or come too slowly, and errors in words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from threadlore.errors import BadInput, ConfigError, Retry
from threadlore.ingest.sources.discord_live.bot_token import bot_token
from threadlore.ingest.sources.discord_live.pacing import Pace

if TYPE_CHECKING:
    from discord.http import HTTPClient

API = "https://discord.com/api/v10"
ATTEMPTS = 6
LONGEST_WAIT_S = 300.0
ANSWER_S = 60.0

UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MESSAGE = 10003, 10004, 10008


class Denied(BadInput):
    """Discord answered 403: the bot may not do this here."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Discord refuses it: {text or 'Forbidden'} (403, code {code}).")
        self.code = code


class Unknown(BadInput):
    """Discord answered 404: this is not there, or the bot may not know that it is."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Discord does not know it: {text or 'Not Found'} (404, code {code}).")
        self.code = code


class DiscordApi:
    """One connection with a bot's token; use it as an async context manager."""

    def __init__(self, token: str, base: str = API, pace: Pace | None = None) -> None:
        self._token = bot_token(token)
        self._base = base.rstrip("/")
        self.pace = pace or Pace()
        self.me: Mapping[str, Any] = {}
        self._client: HTTPClient | None = None

    def __repr__(self) -> str:
        return f"DiscordApi({self._base}, token=...)"

    async def __aenter__(self) -> DiscordApi:
        """Log in.

        Raises:
            ConfigError: the token is refused, or is a user's.
            Retry: Discord does not answer.
        """
        try:
            await self._repeated(self._log_in)
            if not self.me.get("bot"):
                raise ConfigError(
                    "The token belongs to a user, not to a bot. Discord forbids programs to use one.",
                    "Set THREADLORE_DISCORD_TOKEN to the token of a bot.",
                )
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            await self._client.close()

    async def get(self, path: str, *, query: Mapping[str, str | int] | None = None, **ids: str) -> Any:
        """Return the JSON of a route such as `/channels/{channel_id}`, whose ids are given by name.

        Raises:
            Denied, Unknown: 403 and 404.
            ConfigError: the token is not accepted any more.
            Retry: Discord does not answer, or too many requests were refused.
        """
        from discord.http import Route

        async def once() -> Any:
            assert self._client is not None, "used outside of its context"  # noqa: S101
            answer = await self._client.request(
                Route("GET", path, **ids), params=dict(query or {}), timeout=_patience()
            )
            if isinstance(answer, str):
                raise ValueError("the answer is no JSON")
            return answer

        return await self._repeated(once)

    async def _log_in(self) -> None:
        from discord.http import HTTPClient, Route

        await self.close()
        Route.BASE = self._base
        self._client = HTTPClient(
            asyncio.get_running_loop(),
            http_trace=self.pace.trace(),
            max_ratelimit_timeout=LONGEST_WAIT_S,
        )
        me = await self._client.static_login(self._token)
        if isinstance(me, str):
            raise ValueError("the answer is no JSON")
        self.me = dict(me)

    async def _repeated(self, once: Any) -> Any:
        """Run a request, repeated while what went wrong may pass."""
        import discord
        from tenacity import (
            AsyncRetrying,
            retry_if_exception,
            stop_after_attempt,
            wait_random_exponential,
        )

        tries = AsyncRetrying(
            retry=retry_if_exception(_passes),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=self.pace.first_wait_s, max=30),
            reraise=True,
        )
        try:
            async for attempt in tries:
                with attempt:
                    self.pace.check()
                    return await once()
        except discord.LoginFailure as error:
            raise _not_accepted() from error
        except discord.HTTPException as error:
            raise _in_words(error) from error
        except discord.RateLimited as error:
            raise Retry(
                f"Discord asks to wait {error.retry_after:.0f} seconds.", "Try again after that."
            ) from error
        except (OSError, ValueError, _client_error()) as error:
            raise Retry(
                f"Discord at {self._base} does not answer: {type(error).__name__} {error}".rstrip() + ".",
                "Check the network, and https://discordstatus.com; what was read is kept.",
            ) from error
        raise AssertionError("unreachable")


def _patience() -> Any:
    import aiohttp

    return aiohttp.ClientTimeout(total=ANSWER_S)


def _client_error() -> type[Exception]:
    import aiohttp

    return aiohttp.ClientError


def _passes(error: BaseException) -> bool:
    """Tell whether another try may help; what discord.py has tried five times has its last here."""
    import discord

    if isinstance(error, discord.HTTPException):
        return error.status in {500, 502, 503, 504, 524}
    # Timeouts are OSErrors; JSON that is cut off is a ValueError.
    return isinstance(error, (OSError, ValueError, _client_error()))


def _not_accepted() -> ConfigError:
    return ConfigError(
        "Discord does not accept the token (401): it is wrong, was reset, or is a user's token.",
        "Reset it on the page Bot of https://discord.com/developers/applications, "
        "and set THREADLORE_DISCORD_TOKEN.",
    )


def _in_words(error: Any) -> Exception:
    text = str(error.text or "")[:200]
    if error.status == 401:
        return _not_accepted()
    if error.status == 403:
        return Denied(error.code, text)
    if error.status == 404:
        return Unknown(error.code, text)
    if error.status == 429:
        return Retry(
            "Discord's front door refuses this address for now (429 without a limit's headers).",
            "Wait an hour, and find out what else sends requests from here.",
        )
    if error.status >= 500:
        return Retry(
            f"Discord answers {error.status} again and again.",
            "Look at https://discordstatus.com and try again later; what was read is kept.",
        )
    return BadInput(f"Discord refuses a request: {text} ({error.status}, code {error.code}).")
