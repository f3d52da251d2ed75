"""A live server from the command line: counted, read, read again, checked, and deleted from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue

from tests.e2e.community import ETCD, ETCD_ANSWER, PRIVATE_MARK, START, Post, community, etcd_posts
from tests.e2e.conftest import Shell, files_with
from tests.e2e.test_job import approved
from tests.fakes.discord import FakeDiscord, Intent, World, in_background
from tests.fakes.discord.channels import Channel, Thread
from tests.fakes.discord.flags import Permission
from tests.fakes.discord.people import Member
from tests.ingest.live.desk import MESSAGES

MARK = "quokkaplumbing"


@dataclass
class Server:
    """The small forum as a Discord server."""

    shell: Shell
    fake: FakeDiscord
    world: World
    forum: Channel
    staff: Channel
    chat: Channel
    people: dict[str, Member] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)

    def person(self, name: str) -> Member:
        """Return a member of that name."""
        if name not in self.people:
            self.people[name] = self.forum.guild.member(name)
        return self.people[name]

    def post(self, post: Post) -> None:
        """Let people write a post in the forum, or among the staff."""
        at = START + timedelta(days=post.day)
        channel = self.forum if post.visibility == "public" else self.staff
        thread = channel.ask(self.person(post.asker), post.asked, post.asked, at=at)
        self.threads[post.key] = thread
        if post.answer:
            answer = thread.post(self.person(post.helper), post.answer, at=at + timedelta(minutes=20))
            answer.react(self.person(post.asker), "✅")
            thread.post(self.person(post.asker), post.thanks, at=at + timedelta(minutes=40))

    def published(self) -> None:
        """Read, analyse, approve what quotes the mark, and publish it."""
        self.shell("ingest", "discord")
        self.shell("analyze")
        approved(self.shell, "etcd")
        self.shell("site", "--out", self.folder / "pages")
        self.shell("report", "--out", self.folder / "pages2", "--since", "120d")
        self.shell("search", MARK, "--json")
        assert self.shell.holds(MARK) and files_with(self.folder / "pages", MARK)

    @property
    def folder(self) -> Path:
        return self.shell.data.parent

    def gone(self) -> bool:
        """Tell that no file of the data folder and no page holds the mark."""
        return not [
            path for name in ("data", "pages", "pages2") for path in files_with(self.folder / name, MARK)
        ]


@pytest.fixture
def server(shell: Shell, settings: pytest.MonkeyPatch) -> Iterator[Server]:
    world = World()
    guild = world.guild("Community")
    forum, staff, chat = guild.forum("help", "Solved"), guild.forum("staff"), guild.text("general")
    staff.hide()
    with in_background(FakeDiscord(world)) as fake:
        settings.setenv("THREADLORE_DISCORD_API", fake.api_url)
        settings.setenv("THREADLORE_DISCORD_TOKEN", world.token)
        yield Server(shell, fake, world, forum, staff, chat)


def marked(server: Server) -> None:
    """Fill the server with the forum and one helper whose words bear a mark."""
    answer = f"Move the etcd volume to a local SSD, the {MARK} way. {ETCD_ANSWER}"
    guild = server.forum.guild
    server.people["marked"] = guild.member("marked", guild.role("Maintainers"))
    for post in [*community(), Post("e8", "asker8", ETCD[0], answer, day=9, helper="marked")]:
        server.post(post)


def test_a_dry_run_counts_and_says_what_cannot_be_read(server: Server) -> None:
    for post in etcd_posts():
        server.post(post)
    server.chat.deny(server.forum.guild.me, Permission.READ_MESSAGE_HISTORY)
    told = server.shell("ingest", "discord", "--dry-run").out
    assert "1 channels, 4 threads, 12 new messages in them" in told
    assert "#staff: not everyone can see it" in told and "#general: the bot may not read its history" in told
    assert server.fake.count(MESSAGES) == 0
    (plan,) = server.shell("ingest", "discord", "--dry-run", "--json").json
    server.shell("ingest", "discord")
    assert plan["channels"][0]["thread_messages"] == 12
    (again,) = server.shell("ingest", "discord", "--dry-run", "--json").json
    assert again["channels"][0]["new_messages"] == 0 and plan["requests"] > again["requests"]


def test_read_twice_the_second_time_says_nothing_new(server: Server) -> None:
    for post in etcd_posts():
        server.post(post)
    first = server.shell("ingest", "discord").out
    assert "added 12" in first and "skipped #staff: not everyone can see it" in first
    assert "Nothing new." in server.shell("ingest", "discord").out
    (run,) = server.shell("runs", "list", "--json").json[:1]
    assert "not everyone" in run["skipped"][0]["reason"]


def test_what_is_private_reaches_no_page_though_it_is_read(
    server: Server, settings: pytest.MonkeyPatch
) -> None:
    for post in community():
        server.post(post)
    guild = server.forum.guild
    server.staff.allow(guild.me, Permission.VIEW_CHANNEL)
    settings.setenv("THREADLORE_DISCORD_PRIVATE", '["staff"]')
    server.shell("ingest", "discord")
    server.shell("analyze")
    assert server.shell.holds(PRIVATE_MARK)
    server.shell("site", "--out", server.folder / "pages")
    assert files_with(server.folder / "pages", PRIVATE_MARK) == []
    assert PRIVATE_MARK not in server.shell("ask", f"rotate the token of {PRIVATE_MARK}", "--json").out


@pytest.mark.parametrize("what", ["message", "thread", "channel"])
def test_what_was_deleted_while_nobody_listened_is_in_no_file(server: Server, what: str) -> None:
    marked(server)
    server.published()
    thread = server.threads["e8"]
    message = next(one for one in thread.messages.values() if MARK in one.content)
    held = {
        "message": 1,
        "thread": 3,
        "channel": sum(map(len, (one.messages for one in server.forum.threads))),
    }
    {"message": message.delete, "thread": thread.delete, "channel": server.forum.delete}[what]()
    if what == "channel":
        told = server.shell("ingest", "discord", "--dry-run").out
        assert "does not list it any more" in told and server.shell.holds(MARK)
    told = server.shell("ingest", "discord", "--json").json
    assert told["stages"][0]["counts"]["deleted"] == held[what]
    if what == "channel":
        assert f"discord:{thread.guild.id}/c/{server.forum.id}" in [one["item"] for one in told["skipped"]]
    assert server.gone()
    server.shell("store", "verify")


@pytest.mark.parametrize("what", ["message", "channel"])
def test_what_is_deleted_live_is_in_no_file(server: Server, what: str) -> None:
    marked(server)
    server.published()
    thread = server.threads["e8"]
    message = next(one for one in thread.messages.values() if MARK in one.content)
    ids: dict[str, JsonValue] = {"guild_id": str(thread.guild.id)}
    if what == "message":
        message.delete()
        heard = "MESSAGE_DELETE", ids | {"id": str(message.id), "channel_id": str(thread.id)}
    else:
        server.forum.delete()
        heard = "CHANNEL_DELETE", ids | {"id": str(server.forum.id), "type": 15}

    async def scene() -> None:
        from threadlore.settings import load_settings
        from threadlore.wiring import Workspace
        from threadlore.wiring.discord import community

        workspace = Workspace(load_settings(data=server.shell.data))
        live = community(workspace)
        await live.event(*heard)
        assert (await live.flush()).deleted
        await live.close()
        await workspace.vectors.close()
        workspace.records.close()

    asyncio.run(scene())
    assert server.gone()


def test_doctor_says_what_is_missing(server: Server, settings: pytest.MonkeyPatch) -> None:
    def checks(code: int) -> dict[str, dict[str, object]]:
        found = server.shell("doctor", "--json", code=code).json["checks"]
        return {one["name"]: one for one in found if str(one["name"]).startswith("discord")}

    guild = server.forum.guild
    fine = checks(0)
    assert "2 of 3 channels can be read" in str(fine[f"discord {guild.id}"]["detail"])
    server.chat.deny(guild.me, Permission.READ_MESSAGE_HISTORY)
    assert "#general" in str(checks(4)[f"discord {guild.id}"]["detail"])
    assert "Read Message History" in str(checks(4)[f"discord {guild.id}"]["detail"])
    server.world.privileges &= ~Intent.MESSAGE_CONTENT
    assert "Message Content Intent is not switched on" in str(checks(4)["discord intents"]["detail"])
    settings.setenv("THREADLORE_DISCORD_TOKEN", "MTA.wrong.token")
    assert "does not accept the token" in str(checks(4)["discord"]["detail"])
    told = server.shell("doctor", code=4)
    assert "MTA.wrong.token" not in told.out + told.err


def test_a_token_in_the_file_is_refused(shell: Shell) -> None:
    (shell.data.parent / "threadlore.toml").write_text('discord_token = "MTA.fake.token"\n')
    told = shell("doctor", code=4)
    assert "discord_token, which is a secret" in told.err and "THREADLORE_DISCORD_TOKEN" in told.err
