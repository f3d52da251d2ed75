"""Trouble with the token, the intent, the limits and the line: said in words, and nothing doubled or lost."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.discord import FakeDiscord, Intent, World, cut, lost, rate_limited, reset, slow, status
from tests.ingest.live.desk import MESSAGES, Desk, reasons
from threadlore.errors import ConfigError, Retry
from threadlore.ingest.sources.discord_live.bot_token import bot_token
from threadlore.ingest.sources.discord_live.guarding import MOST_FAILURES
from threadlore.ingest.sources.discord_live.pacing import Pace

EVERY_TROUBLE = (
    rate_limited("user"),
    rate_limited("shared"),
    rate_limited("global"),
    status(500),
    status(502),
    status(503),
    reset(),
    slow(0.02),
    cut(),
    lost(),
)


def a_busy_server(world: World, threads: int = 40) -> dict[str, str]:
    """Fill a guild, and return what should come in."""
    guild = world.guild("Community")
    forum, chat = guild.forum("help"), guild.text("general")
    people = [guild.member(f"person {number}") for number in range(5)]
    texts = {}
    for number in range(threads):
        post = forum.ask(people[number % 5], f"post {number}", f"question {number}")
        texts[str(post.id)] = f"question {number}"
        for line in range(number % 7):
            said = post.post(people[(number + line) % 5], f"answer {number}.{line}")
            texts[str(said.id)] = said.content
        if number % 2:
            post.archive()
    for number in range(210):
        said = chat.post(people[number % 5], f"chat {number}")
        texts[str(said.id)] = said.content
    return texts


def test_every_trouble_on_the_line_loses_and_doubles_nothing(world: World, desk: Desk) -> None:
    texts = a_busy_server(world)
    desk.before = lambda fake: fake.rest.faults.script(MESSAGES, *EVERY_TROUBLE)
    done = desk.sync()
    assert desk.texts() == texts and done.skipped == ()
    assert done.stage.counts["added"] == len(texts)
    assert desk.pace.answers[429] == 3 and desk.pace.answers[503] == 1


def test_limits_of_a_route_are_kept(world: World, desk: Desk) -> None:
    texts = a_busy_server(world, threads=3)
    desk.before = lambda fake: fake.rest.limits.limit(MESSAGES, 1, 0.05)
    desk.sync()
    assert desk.texts() == texts and desk.pace.answers[429] == 0


def test_one_place_without_an_answer_is_left_for_the_next_run(world: World, desk: Desk) -> None:
    texts = a_busy_server(world, threads=2)
    thread = min(map(int, desk.world.guilds[next(iter(world.guilds))].threads))
    desk.before = lambda fake: fake.rest.faults.script(MESSAGES, status(503), times=6, channel_id=thread)
    done = desk.sync()
    assert any("not read this time" in reason for reason in reasons(done)) and str(thread) not in desk.texts()
    desk.before = lambda _: None
    assert desk.sync().skipped == () and desk.texts() == texts


def test_a_discord_that_is_down_ends_the_run(world: World, desk: Desk) -> None:
    a_busy_server(world)
    desk.before = lambda fake: fake.rest.faults.script(MESSAGES, status(503), times=1000)
    with pytest.raises(Retry, match="503"):
        desk.sync()
    assert desk.asked.count(MESSAGES) <= 6 * (MOST_FAILURES + 8)


def test_nothing_is_sent_any_more_long_before_an_address_is_banned(world: World, desk: Desk) -> None:
    a_busy_server(world)
    desk.pace = Pace(10_000, invalid_limit=5, first_wait_s=0.01)
    desk.before = lambda fake: fake.rest.faults.script(MESSAGES, status(403), times=1000)
    with pytest.raises(Retry, match="mean a ban"):
        desk.sync()
    assert desk.asked.count(MESSAGES) < 5 + 8
    with pytest.raises(Retry, match="mean a ban"):
        desk.sync()
    assert desk.asked == []


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "No Discord token"),
        ("mfa.abcdefghijklmnopqrstuvwxyz", "user's token"),
        ("not a token", "form of a bot's token"),
        ("bm90YW5pZA.x.y", "form of a bot's token"),
    ],
)
def test_what_is_no_bots_token_is_never_sent(token: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        bot_token(token)
    assert (
        "THREADLORE_DISCORD_TOKEN" in caught.value.hint and token.strip() not in caught.value.hint
    ) or not token


def test_a_bots_token_is_taken_in_any_dress() -> None:
    assert bot_token(' "Bot MTA.fake.token"\n') == "MTA.fake.token"


def test_a_wrong_token_is_said(world: World, desk: Desk) -> None:
    world.guild("Community")

    async def scene() -> None:
        async with FakeDiscord(world) as fake:
            world.token = "MTA.another.token"
            desk.world = World(token="MTA.wrong.token")
            await desk.read(fake)

    with pytest.raises(ConfigError, match=r"401.*user's token"):
        asyncio.run(scene())


def test_a_users_account_is_refused(world: World, desk: Desk) -> None:
    world.guild("Community")
    world.bot.bot = False
    with pytest.raises(ConfigError, match="belongs to a user"):
        desk.sync()


def test_a_bot_in_no_server_is_told_how_to_get_there(world: World, desk: Desk) -> None:
    world.guild("Community", permissions=None)
    with pytest.raises(ConfigError, match="in no server"):
        desk.sync()


@pytest.mark.parametrize("told", [True, False], ids=["the application says it", "a page shows it"])
def test_a_missing_content_intent_stores_nothing_blank(world: World, desk: Desk, told: bool) -> None:
    texts = a_busy_server(world, threads=2)
    desk.sync()
    a_page = desk.texts()
    world.privileges &= ~Intent.MESSAGE_CONTENT
    guild = next(iter(world.guilds.values()))
    guild.text("other").post(guild.member("eve"), "unseen")
    if not told:
        desk.before = lambda fake: fake.rest.faults.script("GET /applications/@me", status(403))
    with pytest.raises(ConfigError, match="Message Content Intent"):
        desk.sync()
    assert desk.texts() == a_page == texts


def test_fifty_requests_a_second_are_never_passed(world: World, desk: Desk) -> None:
    a_busy_server(world, threads=70)
    desk.pace = Pace()
    desk.before = lambda fake: fake.rest.limits.limit_all(50, 1.0)
    desk.sync()
    assert desk.pace.requests > 70 and desk.pace.answers[429] == 0
