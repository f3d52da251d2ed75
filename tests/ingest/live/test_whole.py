"""A generated server comes in exactly: with trouble on every route, and killed in the midst of it."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from tests.fakes.discord import FakeDiscord, World, in_background
from tests.fakes.discord.control import EVERY_FAULT
from tests.fakes.discord.generated import grow
from tests.ingest.live.desk import MESSAGES, Desk

ROOT = Path(__file__).resolve().parents[3]


def everything(world: World) -> tuple[set[str], set[str]]:
    """Return the ids of all messages and threads there are."""
    guild = next(iter(world.guilds.values()))
    places = (*guild.channels.values(), *guild.threads.values())
    return {str(key) for place in places for key in place.messages}, {str(one) for one in guild.threads}


def killed_at(fake: FakeDiscord, page: int, command: list[str]) -> int:
    """Run a command that is killed when it has asked for so many pages; return how it ended."""
    started: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        started[0].kill()

    fake.after(MESSAGES, kill, nth=page)
    started.append(subprocess.Popen(command, cwd=ROOT))
    return started[0].wait()


def test_trouble_with_one_request_in_ten_loses_and_doubles_nothing(world: World, desk: Desk) -> None:
    grow(world, threads=40, messages=800)
    desk.before = lambda fake: fake.faults.at_random(0.1, EVERY_FAULT, seed=5)
    done = desk.sync()
    assert done.skipped == ()
    assert done.stage.counts["added"] == 800
    assert (set(desk.rows()), set(desk.threads())) == everything(world)


def test_killed_at_random_requests_and_run_again_it_is_whole(world: World, tmp_path: Path) -> None:
    grow(world, threads=40, messages=800)
    moments = random.Random(3)
    with in_background(FakeDiscord(world)) as fake:
        command = [sys.executable, "-m", "tests.ingest.live.reader", fake.api_url, str(tmp_path / "data")]
        for _ in range(3):
            assert killed_at(fake, moments.randrange(2, 15), command) == -9
        subprocess.run(command, cwd=ROOT, check=True)
    desk = Desk(tmp_path / "data", world)
    assert (set(desk.rows()), set(desk.threads())) == everything(world)
    assert desk.records.database.column("SELECT count(*) FROM messages") == [800]
    desk.close()
