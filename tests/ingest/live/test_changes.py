"""What changed or went while nobody listened: edits, deletions, threads that are gone, places that closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.fakes.discord import FakeDiscord, World, status
from tests.fakes.discord.flags import Permission
from tests.ingest.live.desk import ARCHIVED, CHANNEL, MESSAGES, Desk, reasons
from threadlore.community import Manner
from threadlore.errors import ConfigError
from threadlore.types import Visibility

HISTORY = Permission.READ_MESSAGE_HISTORY


def test_edits_and_deletions_in_a_channels_last_hundred_are_seen(world: World, desk: Desk) -> None:
    chat = world.guild("Community").text("general")
    ada = chat.guild.member("ada")
    said = [chat.post(ada, f"line {number}") for number in range(60)]
    desk.sync()
    said[10].edit("line ten")
    said[20].delete()
    said[59].delete()
    done = desk.sync()
    assert desk.asked.count(MESSAGES) == 1
    assert done.stage.counts["deleted"] == 2 and done.stage.counts["changed"] == 1
    assert desk.texts() == {str(message.id): message.content for message in chat.page(100)}


def test_more_news_than_a_page_leave_no_gap_and_still_show_what_went(world: World, desk: Desk) -> None:
    chat = world.guild("Community").text("general")
    ada = chat.guild.member("ada")
    said = [chat.post(ada, f"line {number}") for number in range(50)]
    desk.sync()
    said[30].delete()
    for number in range(230):
        chat.post(ada, f"news {number}")
    assert desk.sync().stage.counts["deleted"] == 1
    assert len(desk.texts()) == 49 + 230


def test_a_deleted_message_in_a_thread_is_seen_by_the_threads_counts(world: World, desk: Desk) -> None:
    forum = world.guild("Community").forum("help")
    ada = forum.guild.member("ada")
    threads = [forum.ask(ada, f"post {number}", "text") for number in range(3)]
    lines = [threads[0].post(ada, f"line {number}") for number in range(150)]
    threads[1].post(ada, "stays")
    desk.sync()
    lines[3].delete()
    for thread in threads:
        thread.archive()
    done = desk.sync()
    assert done.stage.counts["deleted"] == 1 and str(lines[3].id) not in desk.texts()
    assert desk.asked.count(MESSAGES) == 2, "the thread that lost a message is read again, no other"
    desk.sync()
    assert desk.asked.count(MESSAGES) == 0


def test_a_deleted_thread_goes_and_the_message_it_hung_on_stays(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    forum, chat, ada = guild.forum("help"), guild.text("general"), guild.member("ada")
    kept, post = forum.ask(ada, "kept", "stays"), forum.ask(ada, "gone", "went")
    opener = chat.post(ada, "etcd again")
    branch = opener.start_thread("etcd again")
    branch.post(ada, "inside")
    post.archive()
    desk.sync()
    post.delete()
    branch.delete()
    done = desk.sync()
    assert desk.texts() == {str(kept.id): "stays", str(opener.id): "etcd again"}
    assert desk.rows()[str(opener.id)]["thread_id"] is None
    assert set(desk.threads()) == {str(kept.id)} and done.skipped == ()
    desk.sync()
    assert set(desk.texts()) == {str(kept.id), str(opener.id)}


def test_a_message_that_a_thread_hangs_on_can_go_alone(world: World, desk: Desk) -> None:
    chat = world.guild("Community").text("general")
    ada = chat.guild.member("ada")
    chat.post(ada, "first")
    opener = chat.post(ada, "etcd again")
    inside = opener.start_thread("etcd again").post(ada, "inside")
    desk.sync()
    opener.delete()
    desk.sync()
    assert str(opener.id) not in desk.texts() and str(inside.id) in desk.texts()


def test_missing_history_is_said_and_is_no_deletion(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    chat.post(ada, "still here")
    desk.sync()
    chat.deny(guild.me, HISTORY)
    done = desk.sync()
    assert any("Read Message History" in reason for reason in reasons(done))
    assert MESSAGES not in desk.asked and list(desk.texts().values()) == ["still here"]


def test_history_taken_away_while_reading_is_no_deletion(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    chat.post(ada, "still here")
    desk.sync()
    desk.before = after(ARCHIVED, lambda: chat.deny(guild.me, HISTORY))
    done = desk.sync()
    assert MESSAGES in desk.asked and "deleted" not in done.stage.counts
    assert list(desk.texts().values()) == ["still here"]
    desk.before = lambda _: None
    chat.allow(guild.me, HISTORY)
    desk.sync()
    assert list(desk.texts().values()) == ["still here"]


def test_history_taken_away_between_two_pages_is_no_deletion(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    for number in range(150):
        chat.post(ada, f"line {number}")
    desk.sync()
    desk.before = after(MESSAGES, lambda: chat.deny(guild.me, HISTORY))
    done = desk.sync(Manner(recheck_days=30))
    assert desk.asked.count(MESSAGES) == 2 and "deleted" not in done.stage.counts
    assert len(desk.texts()) == 150


def test_a_thread_that_is_closed_while_it_is_read_is_read_on_later(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    forum, ada = guild.forum("help"), guild.member("ada")
    post = forum.ask(ada, "title", "text")
    for number in range(180):
        post.post(ada, f"line {number}")
    desk.before = after(MESSAGES, lambda: forum.deny(guild.me, HISTORY))
    said = reasons(desk.sync())
    assert any("its history any more" in reason for reason in said)
    assert not any("title" in reason for reason in said), "what is kept of a run outlives the thread"
    assert len(desk.texts()) == 100
    desk.before = lambda _: None
    forum.allow(guild.me, HISTORY)
    assert desk.sync().skipped == () and len(desk.texts()) == 181


def test_a_new_thread_that_shows_nothing_of_what_it_counts_is_read_later(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    forum, ada = guild.forum("help"), guild.member("ada")
    forum.ask(ada, "title", "text").post(ada, "more")
    desk.before = after(ARCHIVED, lambda: forum.deny(guild.me, HISTORY))
    assert any("counts 1 messages here and shows none" in reason for reason in reasons(desk.sync()))
    desk.before = lambda _: None
    forum.allow(guild.me, HISTORY)
    assert desk.sync().skipped == () and set(desk.texts().values()) == {"text", "more"}


def test_a_channel_that_everybody_emptied_is_emptied(world: World, desk: Desk) -> None:
    chat = world.guild("Community").text("general")
    message = chat.post(chat.guild.member("ada"), "gone soon")
    desk.sync()
    message.delete()
    assert desk.sync().stage.counts["deleted"] == 1
    assert desk.texts() == {}


def test_a_closed_channel_hides_what_came_from_it(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, forum, ada = guild.text("general"), guild.forum("help"), guild.member("ada")
    chat.post(ada, "does milvus run on windows?")
    post = forum.ask(ada, "title", "how many vectors fit?")
    desk.sync()
    desk.split()
    for channel in (chat, forum):
        channel.hide()
    done = desk.sync()
    assert done.stage.counts["places made private"] == 2
    assert desk.threads()[str(post.id)]["visibility"] == "private"
    split = desk.records.database.column("SELECT id FROM threads WHERE kind = 'split'")
    assert {thread.visibility for thread in desk.records.threads(split)} == {Visibility.PRIVATE}
    assert len(desk.texts()) == 2, "what was read stays for the maintainers"


def test_a_place_that_is_refused_is_left_alone_for_a_day(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    forum, ada = guild.forum("help"), guild.member("ada")
    post = forum.ask(ada, "title", "text")
    desk.sync()
    post.post(ada, "more")
    desk.before = lambda fake: fake.rest.faults.script(MESSAGES, status(403))
    assert any(f"thread {post.id}: Discord refuses it" in reason for reason in reasons(desk.sync()))
    assert any("--retry-denied" in reason for reason in reasons(desk.sync()))
    assert MESSAGES not in desk.asked
    desk.before = lambda _: None
    desk.clock.ahead = timedelta(hours=25)
    assert desk.sync().skipped == () and "more" in desk.texts().values()
    desk.clock.ahead = timedelta(hours=50)
    assert desk.sync().skipped == ()


def test_what_is_refused_can_be_tried_at_once(world: World, desk: Desk) -> None:
    forum = world.guild("Community").forum("help")
    forum.ask(forum.guild.member("ada"), "title", "text")
    desk.before = lambda fake: fake.rest.faults.script(MESSAGES, status(403))
    desk.sync()
    desk.before = lambda _: None
    assert desk.sync().skipped and desk.texts() == {}
    assert desk.sync(Manner(retry_denied=True)).skipped == () and len(desk.texts()) == 1


def test_a_thread_that_cannot_be_asked_for_is_not_deleted(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    desk.settings["discord_private"] = ("incident",)
    room = chat.open_thread("incident", ada, private=True)
    room.join(guild.me)
    room.post(ada, "what happened")
    desk.sync()
    del room.members[guild.me.id]
    done = desk.sync()
    assert "deleted" not in done.stage.counts and list(desk.texts().values()) == ["what happened"]
    assert any("Missing Access" in reason for reason in reasons(done))


def test_a_deleted_channel_goes_with_all_that_was_in_it(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, forum, ada = guild.text("general"), guild.forum("help"), guild.member("ada")
    kept = guild.text("kept").post(ada, "stays")
    chat.post(ada, "etcd again").start_thread("etcd again").post(ada, "inside")
    for number in range(3):
        forum.ask(ada, f"post {number}", "text").archive()
    desk.sync()
    chat.delete()
    forum.delete()
    done = desk.sync()
    assert done.stage.counts["channels deleted"] == 2 and done.stage.counts["deleted"] == 6
    said = [f"discord:{guild.id}/c/{one.id}: it was deleted on the server" for one in (chat, forum)]
    assert all(any(reason.startswith(one) for reason in reasons(done)) for one in said)
    assert set(desk.texts()) == {str(kept.id)} and desk.threads() == {}
    assert [channel.name for channel in desk.records.channels()] == ["kept"]
    again = desk.sync()
    assert again.skipped == () and "channels deleted" not in again.stage.counts
    assert CHANNEL not in desk.asked, "what is gone is not asked for for ever"


def test_a_channel_that_the_bot_may_not_see_is_no_deletion_though_no_list_holds_it(
    world: World, desk: Desk
) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    chat.post(ada, "still here")
    desk.sync()

    def out_of_sight(fake: FakeDiscord) -> None:
        del guild.channels[chat.id]
        fake.faults.script(CHANNEL, status(403), channel_id=chat.id)

    desk.before = out_of_sight
    done = desk.sync()
    assert any("Discord refuses it" in reason for reason in reasons(done))
    assert "deleted" not in done.stage.counts and list(desk.texts().values()) == ["still here"]
    desk.before = lambda _: None
    assert any("--retry-denied" in reason for reason in reasons(desk.sync())) and CHANNEL not in desk.asked
    guild.channels[chat.id] = chat
    chat.post(ada, "in sight again")
    desk.clock.ahead = timedelta(hours=25)
    assert desk.sync().skipped == () and len(desk.texts()) == 2


def test_a_channel_that_discord_still_knows_is_no_deletion(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    chat.post(ada, "still here")
    desk.sync()
    del guild.channels[chat.id]
    desk.before = after("GET /guilds/{guild_id}/channels", lambda: guild.channels.update({chat.id: chat}))
    done = desk.sync()
    assert any("Discord still knows it" in reason for reason in reasons(done))
    assert "deleted" not in done.stage.counts and list(desk.texts().values()) == ["still here"]


def test_a_bot_that_was_removed_from_the_server_takes_nothing_for_deleted(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    guild.text("general").post(guild.member("ada"), "still here")
    desk.sync()
    desk.settings["discord_guild"] = str(guild.id)
    guild.kick_bot()
    with pytest.raises(ConfigError):
        desk.sync()
    assert list(desk.texts().values()) == ["still here"]


def test_the_last_days_can_be_read_once_more(world: World, desk: Desk) -> None:
    guild = world.guild("Community")
    forum, chat, ada = guild.forum("help"), guild.text("general"), guild.member("ada")
    post = forum.ask(ada, "title", "text")
    answer = post.post(ada, "restart it")
    lines = [chat.post(ada, f"line {number}") for number in range(250)]
    desk.sync()
    answer.edit("restart etcd")
    lines[5].delete()
    lines[6].edit("line six")
    assert desk.sync().stage.counts["changed"] == 0
    done = desk.sync(Manner(recheck_days=1))
    assert done.stage.counts["changed"] == 2 and done.stage.counts["deleted"] == 1
    assert "restart etcd" in desk.texts().values() and "line six" in desk.texts().values()


def test_titles_and_tags_follow_without_reading_messages(world: World, desk: Desk) -> None:
    forum = world.guild("Community").forum("help", "Solved", "etcd")
    post = forum.ask(forum.guild.member("ada"), "old title", "text", tags=forum.tags[1:])
    desk.sync()
    post.rename("new title")
    post.set_tags(*forum.tags)
    post.archive()
    desk.sync()
    thread = desk.threads()[str(post.id)]
    assert (thread["title"], thread["tags"], thread["solved"]) == ("new title", ["Solved", "etcd"], True)
    assert MESSAGES not in desk.asked


def after(route: str, act: Callable[[], None]) -> Callable[[FakeDiscord], None]:
    """Return what lets something happen on Discord right after a request was answered."""

    def prepare(fake: FakeDiscord) -> None:
        def changed() -> None:
            if fake.rest.asked[-1].route == route:
                act()

        fake.rest.changed = changed

    return prepare
