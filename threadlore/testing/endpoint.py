"""An OpenAI-compatible endpoint without a model, on a real socket: rules, scripts, faults.

Needs aiohttp, which the extra `dev` brings.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from threadlore.testing.faults import Fault
from threadlore.testing.replies import Answer, completion, embeddings, error_body, models

if TYPE_CHECKING:
    from aiohttp import web

Body = dict[str, Any]
Rule = Callable[["Asked"], Answer]
"""A function of the request: what the model says to it."""

Validator = Callable[[str, str, Any], None]
"""Takes path, direction (`request`, `response`) and parsed JSON; ValueError says what is not allowed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a rule sees it. `number` counts all requests of the endpoint, from 0."""

    number: int
    body: Body

    @property
    def system(self) -> str:
        """The instructions."""
        return "\n".join(str(one["content"]) for one in self.body["messages"] if one["role"] == "system")

    @property
    def text(self) -> str:
        """What the other turns say, oldest first."""
        turns = [one for one in self.body["messages"] if one["role"] != "system"]
        return "\n".join(str(one.get("content") or "") for one in turns)

    @property
    def output(self) -> str:
        """Name of the type that is asked for, empty where no schema was sent."""
        form = self.body.get("response_format") or {}
        return str(form.get("json_schema", {}).get("name", ""))

    @property
    def tools(self) -> list[str]:
        """Names of the tools that are offered."""
        return [one["function"]["name"] for one in self.body.get("tools", [])]


@dataclass
class FakeEndpoint:
    """What the endpoint does, and what it was asked: change it while it runs.

    Attributes:
        rule: What the model says.
        faults: What goes wrong, by number of the request, or as a function of it.
        wait_s: Seconds that each answer takes.
        dimension: Length of the vectors that it gives.
        forms: The kinds of `response_format` that it takes: `json_schema`, `bound` (`json_object` with a
            `schema` beside it) and `json_object`; others it refuses.
        form_status: Status of that refusal: 400, or 500 as some builds of llama.cpp's servers answer.
        validator: Is handed every request and every answer; what it finds is in `violations`.
        requests: Bodies of all chat requests, in order of arrival.
        answered: Numbers of the requests whose answer was sent whole.
        most_at_once: The most requests that were under way together.
    """

    rule: Rule
    faults: Mapping[int, Fault] | Callable[[Asked], Fault | None] = field(default_factory=dict)
    wait_s: float = 0.0
    dimension: int = 64
    forms: tuple[str, ...] = ("json_schema", "bound", "json_object")
    form_status: int = 400
    validator: Validator | None = None
    url: str = ""
    requests: list[Body] = field(default_factory=list)
    embedded: list[str] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    most_at_once: int = 0
    _busy: int = 0

    def fault_of(self, asked: Asked) -> Fault | None:
        """Return what goes wrong with a request."""
        return self.faults(asked) if callable(self.faults) else self.faults.get(asked.number)

    def check(self, path: str, direction: str, body: Any) -> None:
        """Hand a body to the validator; what it finds is kept in `violations`."""
        if self.validator is None:
            return
        try:
            self.validator(path, direction, body)
        except ValueError as error:
            self.violations.append(f"{direction} of {path}: {error}")

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer a chat completion."""
        from aiohttp import web

        try:
            body = await request.json()
        except ConnectionResetError:  # killed while it asked
            return web.Response(status=499)
        self.check("/chat/completions", "request", body)
        asked = Asked(len(self.requests), body)
        self.requests.append(body)
        self._busy += 1
        self.most_at_once = max(self.most_at_once, self._busy)
        try:
            fault = self.fault_of(asked)
            await asyncio.sleep(self.wait_s)
            if fault is not None and (broken := await fault.instead(request)) is not None:
                return broken
            form = _form(body)
            if form and form not in self.forms:
                told = f"response_format: {form!r} is not one of {', '.join(self.forms) or 'none'}"
                return web.json_response(error_body(told), status=self.form_status)
            answer = self.rule(asked)
            reply = completion(body, answer, asked.number)
            fault = fault or Fault()
            reply = fault.spoilt(reply)
            self.check("/chat/completions", "response", reply)
            response = web.Response(text=fault.cut(json.dumps(reply)), content_type="application/json")
            with suppress(ConnectionError):  # nobody waits for it any more
                await response.prepare(request)
                await response.write_eof()
                self.answered.append(asked.number)
            return response
        finally:
            self._busy -= 1

    async def embed(self, request: web.Request) -> web.StreamResponse:
        """Answer a request for vectors."""
        from aiohttp import web

        body = await request.json()
        self.check("/embeddings", "request", body)
        self.embedded += body["input"]
        reply = await embeddings(body, self.dimension)
        self.check("/embeddings", "response", reply)
        return web.json_response(reply)

    async def list_models(self, request: web.Request) -> web.StreamResponse:
        """Answer which models there are."""
        from aiohttp import web

        reply = models()
        self.check("/models", "response", reply)
        return web.json_response(reply)


def _form(body: Body) -> str:
    """Return the kind of `response_format` that a request asks for; empty where it asks for none."""
    form = body.get("response_format") or {}
    return "bound" if form.get("type") == "json_object" and "schema" in form else str(form.get("type", ""))


def application(endpoint: FakeEndpoint, base: str = "/v1") -> web.Application:
    """Return the endpoint as an aiohttp application."""
    from aiohttp import web

    app = web.Application(client_max_size=64_000_000)
    app.router.add_post(f"{base}/chat/completions", endpoint.chat)
    app.router.add_post(f"{base}/embeddings", endpoint.embed)
    app.router.add_get(f"{base}/models", endpoint.list_models)
    return app


def scripted(answers: Sequence[Answer]) -> Rule:
    """Return the rule that gives one answer after the other; the last one goes on for ever."""
    return lambda asked: answers[min(asked.number, len(answers) - 1)]


@contextmanager
def serving(endpoint: FakeEndpoint, port: int = 0) -> Iterator[FakeEndpoint]:
    """Serve on loopback from a thread of its own, and set `endpoint.url`; port 0 takes a free one."""
    ready = threading.Event()
    stopped = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        from aiohttp import web

        runner = web.AppRunner(application(endpoint), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        bound = runner.addresses[0][1]
        endpoint.url = f"http://127.0.0.1:{bound}/v1"
        loops.append(asyncio.get_running_loop())
        ready.set()
        try:
            await stopped.wait()
        finally:
            await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="endpoint", daemon=True)
    thread.start()
    if not ready.wait(timeout=30):
        raise OSError("The endpoint could not bind a port on loopback.")
    try:
        yield endpoint
    finally:
        loops[0].call_soon_threadsafe(stopped.set)
        thread.join()
