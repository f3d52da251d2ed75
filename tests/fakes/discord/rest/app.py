"""The REST side as an aiohttp application: lets requests in, checks them, and writes the answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.faults import Fault, Faults, Trouble
from tests.fakes.discord.mentions import pinging
from tests.fakes.discord.moments import Moments
from tests.fakes.discord.ratelimits import RateLimits
from tests.fakes.discord.rest import channels, commands, guilds, interactions, messages, threads
from tests.fakes.discord.rest.call import ROUTES, Call, Handler, Reply
from tests.fakes.discord.sockets import abort
from tests.fakes.discord.validation import Specification
from tests.fakes.discord.world import World

SUBJECTS = (channels, commands, guilds, interactions, messages, threads)
"""The modules whose import fills the table of routes."""

PREFIX = "/api/v10"
OPEN = ("/interactions/", "/webhooks/{webhook_id}/{webhook_token}")
"""Routes that a token in the path opens, outside of authorization and of the limit of the whole bot."""
MESSAGE_ROUTES = frozenset(
    {
        ("POST", messages.MESSAGES),
        ("PATCH", messages.MESSAGE),
        ("POST", threads.CHANNEL + "/threads"),
        ("POST", "/interactions/{interaction_id}/{interaction_token}/callback"),
        ("POST", interactions.WEBHOOK),
        ("PATCH", interactions.ORIGINAL),
        ("PATCH", interactions.FOLLOWUP),
    }
)


@dataclass(frozen=True)
class Asked:
    """One request that arrived, and the status it was answered with (0: none)."""

    route: str
    args: dict[str, str]
    query: dict[str, str]
    body: Any
    status: int


@dataclass(frozen=True)
class Violation:
    """Something that Discord would not accept from a client, or that the fake should not have sent."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Rest:
    """The REST side of a world.

    Attributes:
        asked: every request in order.
        violations: what the specification, a documented limit or the rule against pings forbids.
        invalid: how many answers were 401, 403 or 429 (10,000 in ten minutes ban an address).
    """

    def __init__(self, world: World, specification: Specification | None) -> None:
        self.world = world
        self.specification = specification
        self.faults = Faults()
        self.limits = RateLimits()
        self.moments = Moments()
        self.asked: list[Asked] = []
        self.violations: list[Violation] = []
        self.forbid_pings = True
        self.offline = False
        self.invalid = 0
        self.changed: Callable[[], None] = lambda: None

    def application(self) -> web.Application:
        """Return the application to serve."""
        application = web.Application(client_max_size=26 * 1024 * 1024)
        for (method, path), handler in sorted(ROUTES.items(), key=lambda item: _specific_first(item[0][1])):
            application.router.add_route(method, PREFIX + path, self._answering(method, path, handler))
        application.router.add_route("*", "/{rest:.*}", self._unknown)
        return application

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        if self.offline:
            return abort(request)
        self.violations.append(Violation(f"{request.method} {request.path}", "the fake has no such route"))
        return _json(404, {"message": "404: Not Found", "code": 0}, {})

    def _answering(
        self, method: str, path: str, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        route = f"{method} {path}"

        async def answer(request: web.Request) -> web.StreamResponse:
            if self.offline:
                return abort(request)
            args, query = dict(request.match_info), dict(request.query)
            try:
                body, uploads = await _read(request)
            except ValueError:
                self.violations.append(Violation(route, "the body is no JSON"))
                return _json(400, {"message": "The request body contains invalid JSON.", "code": 50109}, {})
            call = Call(self.world, args, query, body, uploads)
            self.moments.pass_by(route, args, after=False)
            fault = self.faults.next(route, args)
            early = await self._before(request, route, fault)
            headers: dict[str, str] = {}
            if early is None:
                reply, headers = self._reply(request, method, path, call, handler)
                early = _json(reply.status, reply.body, headers)
            self.moments.pass_by(route, args, after=True)
            self._note(route, call, early.status if early.status != 299 else 0)
            if fault is not None and fault.trouble in {Trouble.CUT, Trouble.LOST}:
                return await _broken(request, early, fault)
            return early

        return answer

    def _note(self, route: str, call: Call, status: int) -> None:
        self.asked.append(Asked(route, dict(call.args), dict(call.query), call.body, status))
        if status in {401, 403, 429}:
            self.invalid += 1
        self.changed()

    async def _before(self, request: web.Request, route: str, fault: Fault | None) -> web.Response | None:
        """Return the answer of a fault that keeps the request from being done."""
        if fault is None:
            return None
        if fault.trouble is Trouble.SLOW:
            await asyncio.sleep(fault.delay_s)
        if fault.trouble is Trouble.RESET:
            return abort(request)
        if fault.trouble is Trouble.RATE_LIMIT:
            return _too_many(fault.scope, fault.retry_after_s, {})
        if fault.trouble is Trouble.STATUS:
            return web.Response(
                status=fault.status, text="<html>upstream trouble</html>", content_type="text/html"
            )
        return None

    def _reply(
        self, request: web.Request, method: str, path: str, call: Call, handler: Handler
    ) -> tuple[Reply, dict[str, str]]:
        route = f"{method} {path}"
        opened = path.startswith(OPEN)
        if not opened and request.headers.get("Authorization") != f"Bot {self.world.token}":
            return Reply(401, {"message": "401: Unauthorized", "code": 0}), {}
        headers, scope, wait_s = self.limits.take(route, dict(call.args)) if not opened else ({}, None, 0.0)
        if scope is not None:
            return Reply(429, _limited_body(scope, wait_s)), {**headers, **_limited_headers(scope, wait_s)}
        reply = self._checked(method, path, call, handler)
        if self.specification is not None and self.specification.knows(method, path):
            for what in self.specification.answer_faults(method, path, reply.status, reply.body):
                self.violations.append(Violation(f"answer to {route}", what))
        return reply, headers

    def _checked(self, method: str, path: str, call: Call, handler: Handler) -> Reply:
        """Return the handler's reply, or the refusal of a request that breaks the rules."""
        route = f"{method} {path}"
        if (method, path) in MESSAGE_ROUTES and self.forbid_pings:
            for what in pinging(call.body, editing=method == "PATCH"):
                self.violations.append(Violation(route, f"could ping: {what}"))
        try:
            if self.specification is not None and self.specification.knows(method, path):
                found = self.specification.request_faults(method, path, call.query, call.body)
                if found:
                    self.violations.extend(Violation(route, what) for what in found)
                    return Reply(400, {"message": f"Invalid Form Body ({found[0]})", "code": 50035})
            return handler(call)
        except ApiError as error:
            if error.code in {50006, 50035}:
                self.violations.append(Violation(route, f"{error.message} {error.errors or ''}"))
            return Reply(error.status, error.body())


def _specific_first(path: str) -> list[tuple[bool, str]]:
    return [(part.startswith("{"), part) for part in path.split("/")]


async def _read(request: web.Request) -> tuple[Any, tuple[tuple[str, int, str], ...]]:
    """Return the JSON of a body and the files beside it."""
    if request.content_type == "multipart/form-data":
        body, uploads = None, []
        form = await request.post()
        for name, value in form.items():
            if isinstance(value, web.FileField):
                uploads.append((value.filename, len(value.file.read()), value.content_type))
            elif name == "payload_json":
                body = json.loads(str(value))
        return body, tuple(uploads)
    raw = await request.read()
    return (json.loads(raw) if raw else None), ()


def _json(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    """Return an answer whose content type is exactly what Discord's is: no charset."""
    if body is None:
        return web.Response(status=status, headers=headers)
    content = json.dumps(body).encode()
    return web.Response(status=status, body=content, headers={**headers, "Content-Type": "application/json"})


def _limited_body(scope: str, wait_s: float) -> dict[str, Any]:
    message = "The resource is being rate limited." if scope == "shared" else "You are being rate limited."
    return {"message": message, "retry_after": wait_s, "global": scope == "global", "code": 0}


def _limited_headers(scope: str, wait_s: float) -> dict[str, str]:
    """Return what a 429 adds; without Via discord.py takes it for Cloudflare's ban."""
    headers = {"Retry-After": str(max(1, round(wait_s))), "X-RateLimit-Scope": scope, "Via": "1.1 google"}
    return headers | ({"X-RateLimit-Global": "true"} if scope == "global" else {})


def _too_many(scope: str, wait_s: float, headers: dict[str, str]) -> web.Response:
    return _json(429, _limited_body(scope, wait_s), {**headers, **_limited_headers(scope, wait_s)})


async def _broken(request: web.Request, answer: web.Response, fault: Fault) -> web.StreamResponse:
    """Send half an answer, or none of it, and break off."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    if fault.trouble is Trouble.LOST or len(body) < 2:
        return abort(request)
    half = web.StreamResponse(status=answer.status, headers=answer.headers)
    half.content_length = len(body)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half
