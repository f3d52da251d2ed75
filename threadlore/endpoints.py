"""What every OpenAI-compatible endpoint needs: a client, how much to ask at once, and what errors mean.

Waiting and trying again after a timeout, 429 or 5xx are the openai package's own, with the server's wait.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from threadlore.errors import ConfigError, ModelDown, ModelReplyUnusable, RequestRefused, ThreadloreError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAIError

NO_KEY = "none"
"""The package wants a key; endpoints on this machine want none."""

MAX_REPLY_BYTES = 2_000_000
"""Longest reply that is read: 64 times the longest that is ever asked for."""


AT_ONCE, AT_ONCE_HERE = 8, 2
"""Requests at once, elsewhere and at an endpoint on this machine, which mostly answers one after the other:
what waits there waits within its timeout."""

TIMEOUT_S, TIMEOUT_HERE_S = 120.0, 600.0
"""Seconds for a reply, elsewhere and on this machine, whose processor may write ten tokens a second."""

_TOO_LONG = re.compile(r"\bcontext[ _-](?:length|window|size)|\bn_ctx\b", re.IGNORECASE)
"""What servers say of a request that is longer than their window."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible endpoint. `url` is its base, such as `http://127.0.0.1:8000/v1`."""

    url: str
    key: str = ""
    timeout_s: float = TIMEOUT_S
    retries: int = 3
    at_once: int = AT_ONCE


def is_loopback(url: str) -> bool:
    """Return whether an address stays on this machine.

    >>> is_loopback("http://localhost:11434/v1"), is_loopback("https://api.openai.com/v1")
    (True, False)
    """
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class BendingLimit:
    """How many requests are under way at once: halved when the server says it is too much.

    Every success gives a fraction back, so that as many successes as the limit raise it by one, up to
    `most` (additive increase, multiplicative decrease, as in TCP, RFC 5681).
    """

    def __init__(self, most: int) -> None:
        self.most = max(1, most)
        self.now = float(self.most)
        self._busy = 0
        self._free = asyncio.Condition()

    async def __aenter__(self) -> None:
        async with self._free:
            await self._free.wait_for(lambda: self._busy < int(self.now))
            self._busy += 1

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._free:
            self._busy -= 1
            self._free.notify_all()

    def slower(self) -> None:
        """Halve the limit; one request always passes."""
        self.now = max(1.0, self.now / 2)

    def faster(self) -> None:
        """Raise the limit a little, up to what was asked for."""
        self.now = min(float(self.most), self.now + 1.0 / self.now)


class Connection:
    """The client of one endpoint: made anew for every event loop, whose end closes its connections."""

    def __init__(self, endpoint: Endpoint, most_bytes: int = MAX_REPLY_BYTES, again: bool = True) -> None:
        """`again`: what was sent and not heard is sent again; else its error is raised at once."""
        self.endpoint = endpoint
        self._most_bytes = most_bytes
        self._again = again
        self._opened: tuple[asyncio.AbstractEventLoop, AsyncOpenAI, BendingLimit] | None = None

    def open(self) -> tuple[AsyncOpenAI, BendingLimit]:
        """Return the client of the running event loop, and the limit of what it may ask at once."""
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        loop = asyncio.get_running_loop()
        if self._opened is None or self._opened[0] is not loop:
            make = DefaultAsyncHttpxClient if self._again else _sending_once()
            limit = BendingLimit(self.endpoint.at_once)
            watch = _watched_by(limit, self._most_bytes)
            client = AsyncOpenAI(
                base_url=self.endpoint.url,
                api_key=self.endpoint.key or NO_KEY,
                timeout=self.endpoint.timeout_s,
                max_retries=self.endpoint.retries,
                default_headers={"Accept-Encoding": "identity"},
                http_client=make(
                    timeout=self.endpoint.timeout_s,
                    event_hooks={"response": [watch]},
                    # What people wrote goes to the address that was allowed, by no way round: not where a
                    # redirect points, and not through a proxy that the environment names for the web.
                    follow_redirects=False,
                    trust_env=not is_loopback(self.endpoint.url),
                ),
            )
            self._opened = loop, client, limit
            self._closing = loop.create_task(_closed_at_the_end(client))
        return self._opened[1], self._opened[2]

    def explained(self, error: OpenAIError, model: str) -> ThreadloreError:
        """Return what an error of the package means to whoever called.

        What the server said stands in the hint alone: it may repeat what people wrote, and messages of
        errors are kept in the record of a run, which no deletion reaches.
        """
        from openai import APIConnectionError, APIStatusError, APITimeoutError

        url = self.endpoint.url
        if isinstance(error, APITimeoutError):
            waited = f"{self.endpoint.timeout_s:g} s"
            return ModelDown(f"{model} did not answer within {waited}.", "Raise model_timeout, or try later.")
        if isinstance(error, APIConnectionError):
            return ModelDown(f"{url} cannot be reached.", "Start the endpoint, or mend its address.")
        if not isinstance(error, APIStatusError):
            return ModelReplyUnusable(f"The reply of {model} cannot be read.", self._told(str(error)))
        if error.status_code < 400:
            return ConfigError(
                f"{url} sends requests on to another address, which is not followed.",
                "Set model_url (or embedding_url) to where the endpoint is.",
            )
        if error.status_code in (401, 403):
            return ConfigError(f"{url} refuses the key.", "Set THREADLORE_MODEL_KEY to a valid one.")
        if error.status_code == 404:
            return ConfigError(
                f"{url} knows no {model!r}.",
                "Name a model that it has, and end the address where /chat/completions begins. "
                f"It said: {self._told(error.message)}",
            )
        if error.status_code in (400, 413, 422):
            if _TOO_LONG.search(error.message):
                return RequestRefused(
                    f"{model} refuses the request: it is longer than the window that its server gives it.",
                    f"Set model_window to that window. It said: {self._told(error.message)}",
                )
            return RequestRefused(
                f"{model} refuses the request ({error.status_code}).", self._told(error.message)
            )
        return ModelDown(f"{model} answered {error.status_code}.", self._told(error.message))

    def _told(self, text: str) -> str:
        """Return what a server said, without the key, which some repeat."""
        return one_line(text.replace(self.endpoint.key, "(key)") if self.endpoint.key else text)


async def _closed_at_the_end(client: AsyncOpenAI) -> None:
    """Close the client when the event loop ends: `asyncio.run` then cancels this task with all others."""
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await client.close()


def may_be_billed(error: BaseException | None) -> bool:
    """Return whether a request went out whose answer was not read: all but a connection that never stood."""
    import httpx2

    return not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)


def _sending_once() -> type[Any]:
    """Return the client that raises the package's own errors, which it passes through, for what was sent."""
    import httpx2
    from openai import APIConnectionError, APITimeoutError, DefaultAsyncHttpxClient

    class SendingOnce(DefaultAsyncHttpxClient):
        async def send(self, request: Any, **given: Any) -> Any:
            try:
                return await super().send(request, **given)
            except httpx2.TransportError as error:
                if not may_be_billed(error):
                    raise
                late = isinstance(error, httpx2.TimeoutException)
                told = APITimeoutError if late else APIConnectionError
                raise told(request=request) from error

    return SendingOnce


def one_line(text: str, most: int = 200) -> str:
    """Return what a server said as one short line."""
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _watched_by(limit: BendingLimit, most_bytes: int) -> Any:
    """Return the hook that bends the limit, and bounds what is read of a reply."""

    async def watch(response: Any) -> None:
        if response.status_code in (429, 503):
            limit.slower()
        elif response.status_code < 400:
            limit.faster()
        response.stream = _bounded(response.stream, most_bytes)

    return watch


def _bounded(stream: Any, most_bytes: int) -> Any:
    """Return a body that breaks off where nobody reads on; the package passes its own errors through."""
    import httpx2
    from openai import OpenAIError

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> Any:
            seen = 0
            async for piece in stream:
                seen += len(piece)
                if seen > most_bytes:
                    raise OpenAIError(f"it is longer than {most_bytes:,} bytes")
                yield piece

        async def aclose(self) -> None:
            await stream.aclose()

    return Bounded()
