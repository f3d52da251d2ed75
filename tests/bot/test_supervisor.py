"""The bot stays up through what may pass, and ends in words after what does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import discord
import pytest

from tests.bot.scene import SLOW, Scene, play
from tests.fakes.discord import Intent, Specification, pointed_at
from threadlore.bot.client import Bot
from threadlore.bot.supervisor import LONGEST_WAIT_SECONDS, final, serve
from threadlore.errors import ConfigError, Locked


class Life:
    """One life of a client that ends as it is told."""

    def __init__(self, error: Exception | None, *, ready: bool, fatal: Exception | None = None) -> None:
        self.error = error
        self.ready = ready
        self.fatal = fatal
        self.closed = False

    async def start(self, token: str) -> None:
        if self.error is not None:
            raise self.error

    async def close(self) -> None:
        self.closed = True

    def is_ready(self) -> bool:
        return self.ready


def lives(*given: Life) -> tuple[list[float], Callable[[], None]]:
    waits: list[float] = []
    left = list(given)

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    def run() -> None:
        asyncio.run(serve(lambda: left.pop(0), "a.b.c", wait))

    return waits, run


def test_waits_grow_and_start_over_once_a_connection_was_ready() -> None:
    failing = [Life(AttributeError("'NoneType' has no 'sequence'"), ready=False) for _ in range(3)]
    good = Life(KeyError("guild_id"), ready=True)
    waits, run = lives(*failing, good, Life(None, ready=True))
    run()
    assert waits == [1.0, 2.0, 4.0, 1.0]
    assert all(life.closed for life in [*failing, good])


def test_waits_have_an_end() -> None:
    waits, run = lives(*[Life(OSError("down"), ready=False) for _ in range(14)], Life(None, ready=True))
    run()
    assert max(waits) == LONGEST_WAIT_SECONDS


class Deaf(Life):
    """A life that misses one cancellation, as discord.py does when a connection fails at that moment."""

    def __init__(self) -> None:
        super().__init__(None, ready=True)
        self.missed = 0

    async def start(self, token: str) -> None:
        while not self.closed:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if self.missed:
                    raise
                self.missed = 1


def test_a_client_that_misses_its_cancellation_is_ended_all_the_same() -> None:
    deaf = Deaf()

    async def run() -> None:
        serving = asyncio.create_task(serve(lambda: deaf, "a.b.c"))
        await asyncio.sleep(0)
        serving.cancel()
        for _ in range(20):
            await asyncio.sleep(0)
        assert serving.cancelled()

    asyncio.run(run())
    assert deaf.closed and deaf.missed == 1


def closed(code: int) -> Exception:
    class Socket:
        close_code = code

    return discord.ConnectionClosed(Socket(), shard_id=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (discord.LoginFailure("Improper token"), "token"),
        (discord.PrivilegedIntentsRequired(None), "text of messages"),
        (closed(4004), "no longer accepts the token"),
        (closed(4011), "sharded"),
        (closed(4013), "intent"),
    ],
)
def test_what_no_retry_mends_ends_in_words(error: Exception, says: str) -> None:
    waits, run = lives(Life(error, ready=False))
    with pytest.raises(ConfigError, match=says) as raised:
        run()
    assert waits == [] and raised.value.hint


def test_a_closing_that_may_pass_is_tried_again() -> None:
    assert final(closed(4009)) is None
    assert final(Locked("busy")) is None
    waits, run = lives(Life(closed(4000), ready=True), Life(None, ready=True))
    run()
    assert waits == [1.0]


@pytest.fixture
def scene(tmp_path: Path, discord_specification: Specification | None) -> Scene:
    return Scene(tmp_path / "data", discord_specification)


async def _at_once(seconds: float) -> None:
    """Wait for nothing but the others."""
    await asyncio.sleep(0)


async def served(scene: Scene) -> asyncio.Task[None]:
    """Serve the scene's bot as the command does, up to its first session."""
    before = len(scene.fake.gateway.identified)
    task = asyncio.create_task(serve(lambda: Bot(scene.parts()), scene.world.token, _at_once))
    task.add_done_callback(lambda _: scene.fake.changed())
    await scene.fake.until(lambda: task.done() or len(scene.fake.gateway.identified) > before)
    return task


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_malformed_event_costs_a_restart_and_nothing_else(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        with pointed_at(scene.fake):
            task = await served(scene)
            await scene.fake.settled()
            sessions = len(scene.fake.gateway.identified)
            scene.fake.gateway.send_raw("MESSAGE_CREATE", {"broken": True})
            await scene.fake.until(lambda: len(scene.fake.gateway.identified) > sessions)
            await scene.fake.settled()
            asked = scene.world.command("ask", {"question": SLOW}, by=scene.ada, channel=scene.chat)
            assert "The answer of slow." in await scene.done(asked)
            await ended(task)

    play(scene, act)


def test_a_first_connection_that_fails_is_tried_again(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        scene.fake.gateway.offline = True
        with pointed_at(scene.fake):
            task = asyncio.create_task(serve(lambda: Bot(scene.parts()), scene.world.token, _at_once))
            task.add_done_callback(lambda _: scene.fake.changed())
            await scene.fake.until(lambda: scene.fake.count("GET /users/@me") >= 2)
            scene.fake.gateway.offline = False
            await scene.fake.until(lambda: bool(scene.fake.gateway.identified))
            await ended(task)

    play(scene, act)


def test_a_token_that_turns_invalid_ends_the_program_in_words(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        with pointed_at(scene.fake):
            task = await served(scene)
            await scene.fake.settled()
            scene.world.token = "another.token.now"
            scene.fake.gateway.drop(4009)
            with pytest.raises(ConfigError, match="no longer accepts the token"):
                await task

    play(scene, act)


def test_a_token_that_rest_refuses_ends_the_program_in_words(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        with pointed_at(scene.fake):
            task = await served(scene)
            await scene.fake.settled()
            scene.world.token = "another.token.now"
            scene.forum.ask(scene.ada, "Slow search", SLOW)
            with pytest.raises(ConfigError, match="refuses the token"):
                await task

    play(scene, act)


def test_an_intent_that_is_missing_ends_the_program_in_words(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        scene.world.privileges &= ~Intent.MESSAGE_CONTENT
        with pointed_at(scene.fake), pytest.raises(ConfigError, match="text of messages"):
            await serve(lambda: Bot(scene.parts()), scene.world.token, _at_once)

    play(scene, act)


def test_a_fresh_session_is_followed_by_a_catch_up_and_a_resumed_one_is_not(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.wait_until_ready()
            await scene.fake.settled()
            assert scene.community.syncs == 1
            scene.fake.gateway.drop(4000)
            await scene.fake.until(lambda: scene.fake.gateway.resumed > 0)
            await scene.fake.settled()
            assert scene.community.syncs == 1

    play(scene, act)
