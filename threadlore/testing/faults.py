"""What goes wrong with an endpoint, one class a kind: before the answer, or in it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from threadlore.testing.replies import error_body

if TYPE_CHECKING:
    from aiohttp import web

Body = dict[str, Any]


class Fault:
    """Base of all faults: one that does nothing."""

    async def instead(self, request: web.Request) -> web.StreamResponse | None:
        """Return what is sent instead of an answer, or None for the answer."""
        return None

    def spoilt(self, reply: Body) -> Body:
        """Return the answer as it is sent."""
        return reply

    def cut(self, text: str) -> str:
        """Return the body of the response as it is sent."""
        return text


@dataclass(frozen=True)
class Timeout(Fault):
    """No answer for `seconds`."""

    seconds: float

    async def instead(self, request: web.Request) -> web.StreamResponse | None:
        """Wait, or until the other side gives up."""
        await asyncio.sleep(self.seconds)
        return None


@dataclass(frozen=True)
class Status(Fault):
    """An error by status, with `Retry-After` in seconds where it is given."""

    status: int
    message: str = "something went wrong"
    retry_after: float | None = None

    async def instead(self, request: web.Request) -> web.StreamResponse | None:
        """Return the error."""
        from aiohttp import web

        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        return web.json_response(error_body(self.message), status=self.status, headers=headers)


@dataclass(frozen=True)
class Redirect(Fault):
    """A redirect that keeps method and body."""

    location: str

    async def instead(self, request: web.Request) -> web.StreamResponse | None:
        """Return the redirect."""
        from aiohttp import web

        return web.Response(status=307, headers={"Location": self.location})


@dataclass(frozen=True)
class Dropped(Fault):
    """The connection breaks off before a byte of the answer."""

    async def instead(self, request: web.Request) -> web.StreamResponse | None:
        """Close the connection."""
        if request.transport is not None:
            request.transport.abort()
        return None


@dataclass(frozen=True)
class HalfBody(Fault):
    """The first half of the response, as if that were all."""

    def cut(self, text: str) -> str:
        """Return the first half."""
        return text[: len(text) // 2]


@dataclass(frozen=True)
class Choices(Fault):
    """An answer with no choice in it."""

    def spoilt(self, reply: Body) -> Body:
        """Return the answer without its choices."""
        return reply | {"choices": []}


@dataclass(frozen=True)
class Says(Fault):
    """Another content than the rule's: half a JSON, prose, a wrong schema, another language, 10 MB."""

    content: str | None
    finish_reason: str = "stop"

    def spoilt(self, reply: Body) -> Body:
        """Return the answer with the other content."""
        return _with_message(reply, {"content": self.content, "refusal": None}, self.finish_reason)


@dataclass(frozen=True)
class Refusal(Fault):
    """A refusal to answer."""

    words: str = "I cannot help with that."

    def spoilt(self, reply: Body) -> Body:
        """Return the refusal."""
        return _with_message(reply, {"content": None, "refusal": self.words}, "stop")


@dataclass(frozen=True)
class CallsTool(Fault):
    """A wish for a tool that nobody offered."""

    name: str = "delete_everything"
    arguments: str = "{}"

    def spoilt(self, reply: Body) -> Body:
        """Return the wish."""
        call = {
            "id": "call_0",
            "type": "function",
            "function": {"name": self.name, "arguments": self.arguments},
        }
        return _with_message(reply, {"content": None, "refusal": None, "tool_calls": [call]}, "tool_calls")


def _with_message(reply: Body, message: Body, reason: str) -> Body:
    choice = reply["choices"][0] | {
        "message": {"role": "assistant", **message},
        "finish_reason": reason,
    }
    return reply | {"choices": [choice]}
