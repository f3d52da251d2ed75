"""How many messages are expected: exactly for threads, by the time that was read for channels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.discord import World
from tests.ingest.live.desk import Desk
from threadlore.ingest.sources.discord_live.estimate import Estimate
from threadlore.ingest.sources.discord_live.messages import id_at

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def moment(days: float) -> str:
    return str(id_at(BEGIN + timedelta(days=days)))


def test_threads_are_expected_as_they_count_themselves() -> None:
    estimate = Estimate()
    estimate.expect("thread", 20)
    estimate.expect("other", 5)
    assert estimate.total == 25
    estimate.meet("thread", 22)
    assert estimate.total == 27


def test_of_a_channel_half_read_in_time_as_much_again_is_expected() -> None:
    estimate = Estimate()
    estimate.meet("channel", 100)
    estimate.reach("channel", moment(0), int(moment(50)), moment(100))
    assert estimate.total == pytest.approx(200, abs=1)
    estimate.meet("channel", 60)
    estimate.reach("channel", moment(0), int(moment(100)), moment(100))
    assert estimate.total == 160, "it was read to its end, and held fewer"


def test_progress_ends_where_it_said_it_would(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    forum, ada = guild.forum("help"), guild.member("ada")
    for number in range(12):
        forum.ask(ada, f"post {number}", "text").post(ada, "more")
    seen: list[tuple[int, int]] = []
    desk.progress = lambda stage, done, total: seen.append((done, total))
    desk.sync()
    assert seen[-1] == (24, 24) and {total for done, total in seen if done} == {24}
