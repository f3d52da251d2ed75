"""Whatever JSON comes from Discord, it is read or passed over: nothing raises, and what follows is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.discord import FakeDiscord, World, payloads
from tests.ingest.live.desk import Desk
from tests.ingest.live.listening import heard
from threadlore.ingest.sources.discord_live.community import LiveDiscord
from threadlore.ingest.sources.discord_live.events import TAKEN
from threadlore.ingest.sources.discord_live.guild import Choice, view_of
from threadlore.ingest.sources.discord_live.marks import Denial, Mark
from threadlore.ingest.sources.discord_live.messages import Setting, all_blank, incoming
from threadlore.ingest.sources.discord_live.threads import thread_view
from threadlore.types import Role

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("900")
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn, whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with some of its values, at any depth, exchanged for anything."""
    found: dict[str, Any] = {}
    for key, value in whole.items():
        if isinstance(value, dict) and draw(st.booleans()):
            found[key] = draw(damaged(value))
        elif draw(st.integers(0, 3)) == 0:
            found[key] = draw(ANYTHING)
        else:
            found[key] = value
    return found


def a_world() -> tuple[World, dict[str, dict[str, Any]]]:
    """Return a world, and one of each object that Discord sends of it."""
    world = World()
    guild = world.guild("Community")
    forum, chat = guild.forum("help", "Solved"), guild.text("general")
    ada = guild.member("ada")
    thread = forum.ask(ada, "title", "text", tags=forum.tags)
    answer = thread.post(ada, f"<@{ada.id}>", reply_to=next(iter(thread.messages.values())))
    answer.react(ada, "✅")
    branch = chat.post(ada, "etcd").start_thread("etcd")
    first = next(iter(branch.messages.values()))
    return world, {
        "guild": payloads.guild(guild),
        "channel": payloads.channel(forum),
        "thread": payloads.thread(thread),
        "message": payloads.message(answer, content=True),
        "starter": payloads.message(first, content=True),
        "member": payloads.member(guild.me),
    }


WORLD, WHOLE = a_world()
SETTING = Setting("1", "2", "3", lambda _: Role.MEMBER, frozenset(), datetime(2026, 1, 1, tzinfo=UTC))


@given(st.sampled_from(["message", "starter"]).flatmap(lambda name: damaged(WHOLE[name])))
def test_a_message_of_any_shape_is_read_or_passed_over(raw: dict[str, Any]) -> None:
    for message in incoming(raw, SETTING):
        assert message.native_id and message.created_at.tzinfo
    all_blank([raw], "1")


@given(damaged(WHOLE["guild"]), damaged(WHOLE["member"]), damaged(WHOLE["channel"]), damaged(WHOLE["thread"]))
def test_a_guild_of_any_shape_is_seen(
    guild: dict[str, Any], member: dict[str, Any], channel: dict[str, Any], thread: dict[str, Any]
) -> None:
    view = view_of(guild, member, [channel, None, WHOLE["channel"]], Choice.of(["900"]))
    thread_view(thread, view, Choice.of(["900"]))


@given(st.text(max_size=30) | st.from_type(dict).map(str) | st.just('{"last": "x", "at": 5}'))
def test_a_cursor_of_any_shape_is_used_or_taken_for_none(text: str) -> None:
    Mark.of(text)
    Denial.of(text)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_events_of_any_shape_hold_nothing_up(tmp_path: Path, data: st.DataObject) -> None:
    world = World()
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    desk = Desk(tmp_path / str(len(list(tmp_path.iterdir()))), world)
    broken = [
        (name, data.draw(damaged(WHOLE["thread" if "THREAD" in name else "message"])))
        for name in data.draw(st.lists(st.sampled_from(sorted(TAKEN)), min_size=1, max_size=4))
    ]

    async def scene(fake: FakeDiscord, live: LiveDiscord) -> None:
        for name, raw in broken:
            await live.event(name, {**raw, "guild_id": str(guild.id)})
        said = chat.post(ada, "still heard")
        await fake.settled()
        await live.flush()
        assert desk.texts()[str(said.id)] == "still heard"

    heard(desk, scene)
    desk.close()
