"""The fake Discord as a running pair of servers on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType

import discord
import yarl
from aiohttp import web

from tests.fakes.discord.faults import Faults
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.rest.app import Asked, Rest, Violation
from tests.fakes.discord.validation import Specification
from tests.fakes.discord.world import World

HANDLERS = (
    "discord.py: ",
    "CommandTree-invoker",
    "discord-ui-view-",
    "discord-ui-dynamic-",
    "discord-ui-modal-",
)
"""How discord.py names the tasks in which it runs its user's handlers."""


class FakeDiscord:
    """A REST and a gateway server that show one world.

        async with FakeDiscord(world) as fake: ...

    On leaving, whatever broke Discord's rules is raised as an AssertionError.

    Args:
        world: what is shown.
        specification: Discord's OpenAPI document; without it payloads are not checked against it.
        strict: raise on leaving where a rule was broken.
        beside: names of tasks that a client runs beside its handlers and `settled` waits for too.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        specification: Specification | None = None,
        strict: bool = True,
        beside: tuple[str, ...] = (),
    ) -> None:
        self.world = world or World()
        self.rest = Rest(self.world, specification)
        self.gateway = Gateway(self.world, specification, self.rest.violations)
        self.strict = strict
        self._awaited = (*HANDLERS, *beside)
        self.api_url = ""
        self.gateway_url = ""
        self._runners: list[web.AppRunner] = []
        self._change = asyncio.Event()

    async def __aenter__(self) -> FakeDiscord:
        """Start both servers on free ports of loopback."""
        self._change = asyncio.Event()
        rest = await self._start(self.rest.application())
        gateway = await self._start(self.gateway.application())
        self.api_url = f"http://127.0.0.1:{rest}/api/v10"
        self.gateway_url = self.world.gateway_url = f"ws://127.0.0.1:{gateway}/"
        self.rest.changed = self.gateway.changed = self.changed
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and raise what broke the rules unless something else is being raised."""
        self.gateway.drop(1001)
        for runner in self._runners:
            await runner.cleanup()
        self.world.events.listeners.clear()
        if self.strict and error is None and self.violations:
            raise AssertionError("Discord's rules were broken:\n" + "\n".join(map(str, self.violations)))

    async def _start(self, application: web.Application) -> int:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port: int = runner.addresses[0][1]
        return port

    @property
    def violations(self) -> list[Violation]:
        """Return what broke the rules so far."""
        return self.rest.violations

    @contextmanager
    def tolerating(self) -> Iterator[list[Violation]]:
        """Take broken rules as expected: they are handed over and forgotten at the end."""
        seen: list[Violation] = []
        before = len(self.violations)
        yield seen
        seen.extend(self.violations[before:])
        del self.violations[before:]

    def requests(self, route: str | None = None, **args: object) -> list[Asked]:
        """Return the requests of a route ("GET /channels/{channel_id}/messages"), or all."""
        wanted = {name: str(value) for name, value in args.items()}
        return [
            asked
            for asked in self.rest.asked
            if route in {None, asked.route} and all(asked.args.get(n) == v for n, v in wanted.items())
        ]

    def count(self, route: str | None = None, **args: object) -> int:
        """Return how many requests of a route there were."""
        return len(self.requests(route, **args))

    def before(self, route: str, action: Callable[[], object], *, nth: int = 1, **args: object) -> None:
        """Do something when the nth request of a route from now on arrives, before it is answered."""
        self.rest.moments.add(route, action, nth=nth, after=False, args=args)

    def after(self, route: str, action: Callable[[], object], *, nth: int = 1, **args: object) -> None:
        """Do something when the nth request of a route from now on is done, before its answer leaves."""
        self.rest.moments.add(route, action, nth=nth, after=True, args=args)

    @property
    def faults(self) -> Faults:
        """Return the faults to come, to add to them."""
        return self.rest.faults

    def go_offline(self) -> None:
        """Break every connection off and refuse new ones."""
        self.rest.offline = self.gateway.offline = True
        self.gateway.drop()

    def come_back(self) -> None:
        """Take connections again."""
        self.rest.offline = self.gateway.offline = False

    def changed(self) -> None:
        """Let `until` look again, after something that no server saw."""
        self._change.set()

    async def until(self, condition: Callable[[], bool], *, within_s: float = 30.0) -> None:
        """Wait until a condition holds; it is looked at after every request and every gateway change.

        Raises:
            TimeoutError: it does not hold `within_s` seconds later.
        """
        try:
            async with asyncio.timeout(within_s):
                while not condition():
                    self._change.clear()
                    await self._change.wait()
        except TimeoutError:
            known = "".join(f"\n{one}" for one in self.violations)
            last = ", ".join(f"{one.route} {one.status}" for one in self.rest.asked[-5:])
            raise TimeoutError(f"not within {within_s} s; last requests: {last}{known}") from None

    async def settled(self, *, within_s: float = 60.0) -> None:
        """Wait until connected clients of this process have read every event and run every handler of it.

        Each connection is asked for a heartbeat, which clients send after all earlier frames; then the
        handlers' tasks are awaited, and the same again until there are none.

        Raises:
            TimeoutError: a client does not answer, or a handler does not end, `within_s` seconds later.
        """
        waiting = "a client's heartbeat"
        try:
            async with asyncio.timeout(within_s):
                while True:
                    beats = [one.beat() for one in self.gateway.connections if one.session]
                    await asyncio.gather(*beats, return_exceptions=True)
                    running = [one for one in asyncio.all_tasks() if one.get_name().startswith(self._awaited)]
                    if not running:
                        return
                    waiting = ", ".join(sorted(one.get_name() for one in running))
                    await asyncio.wait(running)
                    waiting = "a client's heartbeat"
        except TimeoutError:
            raise TimeoutError(f"not settled within {within_s} s: waiting for {waiting}") from None


@contextmanager
def pointed_at(fake: FakeDiscord) -> Iterator[None]:
    """Let discord.py in this process speak to the fake."""
    before = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = fake.api_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(fake.gateway_url)
    try:
        yield
    finally:
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def running(
    fake: FakeDiscord, client: discord.Client, *, token: str | None = None
) -> AsyncIterator[None]:
    """Run a client of discord.py against the fake, from when it knows its guilds until the block is left.

    That is earlier than its `on_ready`, which discord.py holds back for `guild_ready_timeout` seconds.

    Raises:
        BaseException: whatever ended the client before.
    """
    with pointed_at(fake):
        before = len(fake.gateway.identified)
        task = asyncio.create_task(client.start(token or fake.world.token))
        task.add_done_callback(lambda _: fake.changed())
        try:
            await fake.until(lambda: task.done() or len(fake.gateway.identified) > before)
            if task.done():
                task.result()
            await fake.settled()
            yield
        finally:
            await client.close()
            await asyncio.gather(task, return_exceptions=True)


def specification_beside(shared: Path) -> Specification | None:
    """Return Discord's specification out of a folder of facts, or None where it is not there."""
    path = shared / "knowledge" / "discord_openapi.json"
    return Specification.load(path) if path.is_file() else None
