"""The fake by remote control: JSON requests that a benchmark sends to a fake in a process of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from tests.fakes.discord import faults, generated
from tests.fakes.discord.server import FakeDiscord

Json = dict[str, Any]

EVERY_FAULT = (
    faults.rate_limited("user"),
    faults.rate_limited("shared"),
    faults.rate_limited("global"),
    faults.status(500),
    faults.status(502),
    faults.status(503),
    faults.reset(),
    faults.slow(0.02),
    faults.cut(),
    faults.lost(),
)


async def obey(fake: FakeDiscord, order: Json) -> Json:
    """Do one order ({"do": ..., arguments}) and return its result.

    Raises:
        KeyError: there is no such order, or it lacks an argument.
    """
    order = dict(order)
    return await ORDERS[order.pop("do")](fake, **order)


async def grow(fake: FakeDiscord, *, threads: int, messages: int, seed: int = 1) -> Json:
    """Add a generated guild."""
    guild = generated.grow(fake.world, threads=threads, messages=messages, seed=seed)
    return {"guild": guild.id, **await measure(fake)}


async def measure(fake: FakeDiscord) -> Json:
    """Tell the size of the world and what was asked of it."""
    size = generated.measured(fake.world)
    return {
        "threads": size.threads,
        "messages": size.messages,
        "requests": dict(Counter(one.route for one in fake.rest.asked)),
        "statuses": {str(k): n for k, n in Counter(one.status for one in fake.rest.asked).items()},
        "faults": dict(Counter(fault.trouble.value for _, fault in fake.rest.faults.shown)),
        "violations": [str(one) for one in fake.violations],
    }


async def ids(fake: FakeDiscord) -> Json:
    """List the ids of all messages and threads."""
    threads = [thread for guild in fake.world.guilds.values() for thread in guild.threads.values()]
    channels = [channel for guild in fake.world.guilds.values() for channel in guild.channels.values()]
    return {
        "messages": [key for place in (*channels, *threads) for key in place.messages],
        "threads": [thread.id for thread in threads],
    }


async def forget_requests(fake: FakeDiscord) -> Json:
    """Count requests and faults anew."""
    fake.rest.asked.clear()
    fake.rest.faults.shown.clear()
    return {}


async def disturb(fake: FakeDiscord, *, share: float, seed: int = 1) -> Json:
    """Let a share of all requests fail in every way there is; 0 ends it."""
    fake.rest.faults.at_random(share, EVERY_FAULT, seed=seed)
    return {}


async def limit_all(fake: FakeDiscord, *, requests: int, window_s: float) -> Json:
    """Allow so many requests in a window."""
    fake.rest.limits.limit_all(requests, window_s)
    return {}


async def post(fake: FakeDiscord, *, count: int, text: str) -> Json:
    """Write messages, one in each of the first threads that are open."""
    guild = next(iter(fake.world.guilds.values()))
    author = next(one for one in guild.members.values() if not one.user.bot)
    open_threads = [thread for thread in guild.threads.values() if not thread.archived][:count]
    return {"messages": [thread.post(author, text).id for thread in open_threads]}


async def delete(fake: FakeDiscord, *, messages: list[int]) -> Json:
    """Delete messages by id."""
    for identity in messages:
        for guild in fake.world.guilds.values():
            message = guild.message(identity)
            if message is not None:
                message.delete()
    return {}


async def connected(fake: FakeDiscord, *, command: str | None = None, within_s: float = 60.0) -> Json:
    """Wait until a client has identified and, where named, registered a command."""

    def there() -> bool:
        known = {one["name"] for scope in fake.world.commands.values() for one in scope.values()}
        return bool(fake.gateway.identified) and (command is None or command in known)

    await fake.until(there, within_s=within_s)
    return {}


async def ask(
    fake: FakeDiscord,
    *,
    command: str,
    options: list[Json],
    within_s: float = 60.0,
    channel: str | None = None,
) -> Json:
    """Use a slash command once for each of `options`, all at once, each by another member.

    Returns seconds from the use to the first answer and to the finished one, and the text.
    """
    guild = next(iter(fake.world.guilds.values()))
    members = [one for one in guild.members.values() if not one.user.bot]
    place = next(one for one in guild.channels.values() if channel in {None, one.name} and one.type == 0)
    asked = [
        fake.world.command(command, values, by=members[number % len(members)], channel=place)
        for number, values in enumerate(options)
    ]
    with suppress(TimeoutError):  # what is missing then shows as null
        await fake.until(lambda: all(one.finished for one in asked), within_s=within_s)
    return {
        "answers": [
            {"first_s": one.answered_after_s, "finished_s": one.finished_after_s, "text": one.text}
            for one in asked
        ]
    }


ORDERS: dict[str, Callable[..., Awaitable[Json]]] = {
    "ask": ask,
    "connected": connected,
    "delete": delete,
    "disturb": disturb,
    "forget_requests": forget_requests,
    "grow": grow,
    "ids": ids,
    "limit_all": limit_all,
    "measure": measure,
    "post": post,
}
