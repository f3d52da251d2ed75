"""What comes in from a live server: every kind of place, once, and the same as from an export."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.fakes.discord import READ, TALK, Attachment, World
from tests.fakes.discord.clock import stamp
from tests.fakes.discord.flags import Permission
from tests.ingest.live.desk import ARCHIVED, MESSAGES, Desk, closed_posts, reasons
from tests.ingest.samples import export, member, message, write_json
from threadlore.ingest.scrub import Scrubber
from threadlore.ingest.sources import open_sources
from threadlore.ingest.sync import ingest


def test_every_kind_of_place_comes_in(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, news = guild.text("general"), guild.announcement("news")
    forum, media = guild.forum("help", "Solved"), guild.media("pictures")
    ada, bob = guild.member("ada"), guild.member("bob")
    said = [chat.post(ada, "hello"), news.post(bob, "2.6 is out")]
    post = forum.ask(ada, "Out of memory", "It dies.", tags=forum.tags)
    said.append(post.post(bob, "give it more"))
    old = forum.ask(bob, "Old", "Long ago.")
    old.archive()
    picture = media.ask(bob, "My dashboard", "look")
    opened = chat.post(bob, "etcd again")
    branch = opened.start_thread("etcd again", by=ada)
    said.append(branch.post(ada, "restart it"))
    done = desk.sync()
    expected = {str(message.id): message.content for message in said}
    expected |= {str(post.id): "It dies.", str(old.id): "Long ago.", str(picture.id): "look"}
    expected[str(opened.id)] = "etcd again"
    assert desk.texts() == expected
    assert desk.rows()[str(opened.id)]["thread_id"] == f"discord:{guild.id}/t/{branch.id}"
    threads = desk.threads()
    assert set(threads) == {str(one.id) for one in (post, old, picture, branch)}
    assert threads[str(post.id)]["tags"] == ["Solved"] and threads[str(post.id)]["solved"] is True
    assert done.skipped == ()


def test_long_channels_come_in_page_by_page(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    for number in range(250):
        chat.post(ada, f"line {number}")
    assert desk.sync().stage.counts["added"] == 250
    assert desk.asked.count(MESSAGES) == 3
    for number in range(250, 420):
        chat.post(ada, f"line {number}")
    assert desk.sync().stage.counts["added"] == 170
    assert sorted(desk.texts().values()) == sorted(f"line {number}" for number in range(420))


def test_nothing_new_asks_once_a_channel_beside_the_lists(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    ada = guild.member("ada")
    channels = [guild.text(f"chat {number}") for number in range(4)]
    forum = guild.forum("help")
    for channel in channels:
        channel.post(ada, "hi")
    closed_posts(forum, ada, 130)
    desk.sync()
    done = desk.sync()
    assert done.stage.counts["added"] == done.stage.counts["changed"] == 0
    assert desk.asked.count(MESSAGES) == len(channels)
    # One page of archived threads for each channel; the forum's two, and its top once more.
    assert desk.asked.count(ARCHIVED) == len(channels) + 2 + 1
    assert len(desk.asked) <= len(channels) + desk.asked.count(ARCHIVED) + 8


def test_a_message_has_what_the_exporter_gives(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    team = guild.role("Maintainers")
    chat = guild.text("general")
    ada, bob = guild.member("ada", nick="Ada L."), guild.member("bob", team)
    asked = chat.post(ada, "how?", attachments=[Attachment(7, "milvus.log", 10)])
    answer = chat.post(bob, f"like this, <@{ada.id}>", reply_to=asked)
    answer.react(ada, "✅")
    answer.pin()
    desk.sync()
    rows = desk.rows()
    first, second = rows[str(asked.id)], rows[str(answer.id)]
    assert first["id"] == f"discord:{guild.id}/{asked.id}" and first["url"] == asked.url
    assert first["text"] == "how?\n[file: milvus.log]"
    assert second["reply_to"] == first["id"] and second["role"] == "maintainer"
    assert second["text"] == f"like this, @{first['author']}" and second["mentions"] == [first["author"]]
    assert second["marks"] == {"solved": 1, "thanks": 1, "reactions": 0}


def test_private_threads_come_in_when_named(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    named = chat.open_thread("incident room", ada, private=True)
    other = chat.open_thread("gossip", ada, private=True)
    for thread in (named, other):
        thread.join(guild.me)
        thread.post(ada, f"inside {thread.name}")
    named.archive()
    desk.settings["discord_private"] = ("incident room",)
    desk.sync()
    assert set(desk.threads()) == {str(named.id)}
    assert desk.threads()[str(named.id)]["visibility"] == "private"
    assert "inside gossip" not in desk.texts().values()
    desk.settings["discord_private"] = ()
    desk.sync()
    assert "inside incident room" in desk.texts().values()


def test_only_what_everyone_sees_comes_in_unless_named(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    staff, ada = guild.text("staff"), guild.member("ada")
    staff.deny(guild.everyone, 1 << 10)  # type: ignore[arg-type]
    staff.allow(guild.me, 1 << 10)  # type: ignore[arg-type]
    staff.post(ada, "the roadmap")
    done = desk.sync()
    assert desk.texts() == {}
    assert any("#staff: not everyone can see it" in reason for reason in reasons(done))
    desk.settings["discord_private"] = (staff.id,)
    desk.sync()
    assert list(desk.texts().values()) == ["the roadmap"]
    (channel,) = [one for one in desk.records.channels() if one.name == "staff"]
    assert channel.visibility == "private"


def test_what_is_older_than_it_may_be_kept_is_not_read(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, forum, ada = guild.text("general"), guild.forum("help"), guild.member("ada")
    long_ago = datetime.now(UTC) - timedelta(days=60)
    for number in range(150):
        chat.post(ada, f"old {number}", at=long_ago)
    forum.ask(ada, "old", "old text", at=long_ago).archive(at=long_ago)
    chat.post(ada, "young")
    late = forum.ask(ada, "late", "old text", at=long_ago)
    late.post(ada, "young answer")
    desk.settings["retention_days"] = 30
    desk.sync()
    assert sorted(desk.texts().values()) == ["young", "young answer"]
    assert desk.asked.count(MESSAGES) == 2


def test_an_export_and_the_live_server_bring_in_the_same(world: World, desk: Desk, tmp_path: Path) -> None:
    guild = world.guild("Community")
    team = guild.role("Maintainers")
    chat = guild.text("general")
    ada, bob = guild.member("ada", nick="Ada Lee"), guild.member("bob", team)
    asked = chat.post(ada, "how?", attachments=[Attachment(7, "milvus.log", 10)])
    answer = chat.post(bob, "like **this**", reply_to=asked)
    answer.react(ada, "👍")
    answer.edit("like **that**", at=datetime.now(UTC))
    desk.sync()
    people = {
        ada.id: member(str(ada.id), "Ada Lee"),
        bob.id: member(str(bob.id), "bob", roles=("Maintainers",)),
    }
    lines = [
        message(1, "how?", people[ada.id], attachments=[{"fileName": "milvus.log"}]),
        message(
            2,
            "like **that**",
            people[bob.id],
            type="Reply",
            reference={"messageId": str(asked.id)},
            reactions=[{"emoji": {"name": "👍"}, "count": 1}],
            timestampEdited=stamp(answer.edited_at),
            mentions=[people[ada.id]],
        ),
    ]
    for line, real in zip(lines, (asked, answer), strict=True):
        line |= {"id": str(real.id), "timestamp": stamp(real.created_at)}
    exported = export(lines)
    exported["guild"]["id"], exported["channel"]["id"] = str(guild.id), str(chat.id)
    before = desk.rows()
    (source,) = open_sources([write_json(tmp_path / "general.json", exported)]).sources
    scrubber = Scrubber.for_folder(desk.folder)
    later = datetime.now(UTC) + timedelta(hours=1)
    done = asyncio.run(ingest(source, desk.records, scrubber, later, desk.erase))
    assert done.stage.counts["added"] == done.stage.counts["changed"] == 0
    assert desk.rows() == before


def test_where_a_role_opens_the_server_what_it_sees_is_public(world: World, desk: Desk) -> None:
    guild = world.guild("Community", permissions=Permission.ADMINISTRATOR)
    guild.everyone.permissions = Permission.NONE
    verified = guild.role("Verified", READ | TALK)
    chat, staff, ada = guild.text("general"), guild.text("staff"), guild.member("ada", verified)
    staff.deny(verified, Permission.VIEW_CHANNEL)
    for channel in (chat, staff):
        channel.post(ada, f"said in {channel.name}")
    desk.sync()
    assert desk.texts() == {}
    desk.settings["discord_everyone"] = "Verified"
    desk.sync()
    assert list(desk.texts().values()) == ["said in general"]
    assert [channel.visibility for channel in desk.records.channels()] == ["public"]


def test_one_channel_can_be_read_alone_by_name_or_id(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    ada = guild.member("ada")
    for name in ("help", "general", "news"):
        guild.text(name).post(ada, f"said in {name}")
    desk.sync(only=["#Help"])
    assert list(desk.texts().values()) == ["said in help"]
    desk.sync(only=[str(next(one.id for one in guild.channels.values() if one.name == "news"))])
    assert set(desk.texts().values()) == {"said in help", "said in news"}
