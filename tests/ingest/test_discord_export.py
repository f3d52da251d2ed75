"""DiscordChatExporter JSON, trait by trait."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.samples import (
    ASKER,
    CHANNEL,
    GUILD,
    HELPER,
    THREAD,
    discord_export,
    export,
    member,
    message,
    write_json,
)
from threadlore.incoming import Incoming, IncomingChannel, IncomingMessage, IncomingSkip, IncomingThread
from threadlore.ingest.sources import open_sources
from threadlore.types import MessageKind, Role, Visibility


def read(*paths: Path) -> list[Incoming]:
    async def collect() -> list[Incoming]:
        (source,) = open_sources(paths).sources
        assert source.name == f"discord:{GUILD}"
        return [item async for batch in source.batches({}) for item in batch.items]

    return asyncio.run(collect())


def messages(found: list[Incoming]) -> list[IncomingMessage]:
    return [item for item in found if isinstance(item, IncomingMessage)]


def skips(found: list[Incoming]) -> list[str]:
    return [f"{item.item}: {item.reason}" for item in found if isinstance(item, IncomingSkip)]


def one(tmp_path: Path, **fields: Any) -> IncomingMessage:
    text = fields.pop("content", "hello")
    author = fields.pop("author", None)
    (found,) = messages(read(write_json(tmp_path / "one.json", export([message(1, text, author, **fields)]))))
    return found


def test_reads_authors_roles_replies_mentions_marks_and_links(tmp_path: Path) -> None:
    asked, answered = messages(read(discord_export(tmp_path)))
    assert asked.author.native_id == ASKER and asked.author.names == ("Ann Lee", "ann lee")
    assert asked.created_at == datetime(2026, 3, 1, 8, 1, 0, 123456, tzinfo=UTC)
    assert asked.url == f"https://discord.com/channels/{GUILD}/{CHANNEL}/{asked.native_id}"
    assert answered.author.role is Role.MAINTAINER
    assert answered.reply_to == asked.native_id
    assert [person.native_id for person in answered.mentions] == [ASKER]
    assert answered.marks.solved == 2
    assert answered.observed_at == datetime(2026, 3, 2, tzinfo=UTC)


def test_a_threads_category_is_the_channel_it_hangs_in(tmp_path: Path) -> None:
    found = read(write_json(tmp_path / "thread.json", export([message(6, "help")], thread=True)))
    (channel,) = [item for item in found if isinstance(item, IncomingChannel)]
    (thread,) = [item for item in found if isinstance(item, IncomingThread)]
    assert (channel.native_id, channel.name) == (CHANNEL, "general")
    assert (thread.native_id, thread.channel_id, thread.title) == (THREAD, CHANNEL, "Milvus does not start")
    assert messages(found)[0].thread_id == THREAD and messages(found)[0].channel_id == CHANNEL


def test_the_message_a_thread_was_opened_on_belongs_to_the_thread(tmp_path: Path) -> None:
    starter = message(6, "", type="21", reference={"messageId": THREAD, "channelId": CHANNEL})
    write_json(tmp_path / "z thread.json", export([starter, message(7, "same here")], thread=True))
    write_json(tmp_path / "a channel.json", export([message(4, "hi"), message(5, "milvus is down")]))
    assert message(5, "")["id"] == THREAD
    found = {item.native_id: item for item in messages(read(tmp_path))}
    assert found[THREAD].thread_id == THREAD and found[THREAD].text == "milvus is down"
    assert found[starter["id"]].kind is MessageKind.SYSTEM
    assert found[message(4, "")["id"]].thread_id is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Default", MessageKind.NORMAL),
        ("Reply", MessageKind.NORMAL),
        ("20", MessageKind.NORMAL),
        ("23", MessageKind.NORMAL),
        ("GuildMemberJoin", MessageKind.SYSTEM),
        ("ThreadCreated", MessageKind.SYSTEM),
        ("ChannelPinnedMessage", MessageKind.SYSTEM),
        ("46", MessageKind.SYSTEM),
    ],
)
def test_types_by_name_and_by_unknown_number(tmp_path: Path, kind: str, expected: MessageKind) -> None:
    assert one(tmp_path, type=kind).kind is expected


def test_a_system_message_replies_to_nothing(tmp_path: Path) -> None:
    reference = {"type": "Default", "messageId": "9", "channelId": CHANNEL}
    assert one(tmp_path, type="ChannelPinnedMessage", reference=reference).reply_to is None
    assert one(tmp_path, reference=reference | {"type": "Forward"}).reply_to is None


def test_a_forwarded_message_is_quoted(tmp_path: Path) -> None:
    forwarded = {"content": "line one\nline two", "attachments": [], "embeds": [], "stickers": []}
    assert one(tmp_path, content="look", forwardedMessage=forwarded).text == "look\n> line one\n> line two"


def test_raw_markup_reads_as_people_see_it_and_mentions_wait_for_the_scrubber(tmp_path: Path) -> None:
    raw = "<@!900000000000000301> see <#900000000000000100> <:milvus:900000000000000009> <t:1700000000:R> "
    raw += "<@&900000000000000009>"
    assert (
        one(tmp_path, content=raw).text
        == "<@!900000000000000301> see #channel :milvus: 2023-11-14 22:13 UTC @role"
    )


def test_a_bots_answer_is_in_its_embeds_and_addresses_the_caller(tmp_path: Path) -> None:
    embed = {"title": "Memory", "description": "160 GB", "fields": [{"name": "Index", "value": "HNSW"}]}
    found = one(
        tmp_path,
        content="",
        type="20",
        author=member(HELPER, "Helper", bot=True),
        embeds=[embed],
        interaction={"id": "1", "name": "size", "user": member(ASKER, "Ann Lee")},
    )
    assert found.author.role is Role.BOT
    assert found.text == "Memory\n160 GB\nIndex: HNSW"
    assert [person.native_id for person in found.mentions] == [ASKER]


def test_an_empty_answer_of_a_bot_is_kept(tmp_path: Path) -> None:
    assert one(tmp_path, content="", author=member(HELPER, "Helper", bot=True)).text == ""


def test_link_previews_of_people_are_left_out_and_logs_are_named(tmp_path: Path) -> None:
    files = [{"fileName": "milvus.log"}, {"fileName": "shot.PNG"}]
    found = one(tmp_path, embeds=[{"title": "Video", "description": "ad"}], attachments=files)
    assert found.text == "hello\n[file: milvus.log]"
    assert one(tmp_path, content="", attachments=files[1:]).text == "[image: shot.PNG]"


def test_a_private_thread_and_direct_messages_are_private(tmp_path: Path) -> None:
    raw = export([message(1, "psst")], thread=True)
    raw["channel"]["type"] = "12"
    found = read(write_json(tmp_path / "private.json", raw))
    assert [item.visibility for item in found if isinstance(item, IncomingThread)] == [Visibility.PRIVATE]


def test_newest_first_and_partitions_come_in_whole(tmp_path: Path) -> None:
    write_json(tmp_path / "general.json", export([message(n, str(n)) for n in (9, 8, 7)]))
    write_json(tmp_path / "general [part 2].json", export([message(n, str(n)) for n in (6, 5)]))
    found = read(tmp_path)
    assert sorted(item.text for item in messages(found)) == ["5", "6", "7", "8", "9"]
    assert skips(found) == []


def test_of_two_exports_the_newer_one_is_read_last(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", export([message(1, "new")], exportedAt="2026-05-01T00:00:00+03:00"))
    write_json(tmp_path / "b.json", export([message(1, "old"), message(2, "gone later")]))
    found = messages(read(tmp_path))
    assert [item.text for item in found] == ["old", "gone later", "new"]
    assert found[2].observed_at and found[0].observed_at and found[2].observed_at > found[0].observed_at


def test_an_export_without_its_count_is_partial(tmp_path: Path) -> None:
    raw = export([message(1, "a")])
    del raw["messageCount"]
    assert "partial" in skips(read(write_json(tmp_path / "p.json", raw)))[0]
    assert (
        "holds 1"
        in skips(read(write_json(tmp_path / "p.json", export([message(1, "a")], messageCount=5))))[0]
    )


def test_a_cut_export_brings_in_what_is_whole_and_says_where_it_broke(tmp_path: Path) -> None:
    text = json.dumps(export([message(n, f"text {n}") for n in range(10, 60)]))
    path = tmp_path / "cut.json"
    path.write_text(text[: text.index("text 40")], encoding="utf-8")
    found = read(path)
    assert [item.text for item in messages(found)] == [f"text {n}" for n in range(10, 40)]
    (reason,) = skips(found)
    assert "cut.json" in reason and "bytes" in reason


def test_an_empty_channel_is_no_fault(tmp_path: Path) -> None:
    found = read(write_json(tmp_path / "empty.json", export([])))
    assert messages(found) == [] and skips(found) == []


def test_what_has_no_id_or_no_time_is_named_and_ids_that_double_too(tmp_path: Path) -> None:
    rows = [
        message(1, "a", id=None),
        message(2, "b", timestamp="yesterday"),
        message(3, "c"),
        message(3, "d"),
    ]
    found = read(write_json(tmp_path / "odd.json", export(rows)))
    assert [item.text for item in messages(found)] == ["c", "d"]
    assert len(skips(found)) == 3


@pytest.mark.parametrize(
    ("title", "solved"), [("[SOLVED] no start", True), ("✅ how to", True), ("solve this", None)]
)
def test_a_title_may_say_that_it_is_solved(tmp_path: Path, title: str, solved: bool | None) -> None:
    raw = export([message(1, "x")], thread=True)
    raw["channel"]["name"] = title
    found = read(write_json(tmp_path / "t.json", raw))
    assert [item.solved for item in found if isinstance(item, IncomingThread)] == [solved]


def test_direct_messages_are_not_named_after_people(tmp_path: Path) -> None:
    raw = export([message(1, "hello")])
    raw["channel"] |= {"type": "DirectTextChat", "name": "jane.doe"}
    (place,) = [
        item for item in read(write_json(tmp_path / "dm.json", raw)) if isinstance(item, IncomingChannel)
    ]
    assert "jane" not in place.name
