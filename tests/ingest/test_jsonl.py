"""Threadlore JSONL: as documented, and as people write it."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.samples import jsonl, jsonl_gz
from threadlore.errors import BadInput
from threadlore.incoming import Incoming, IncomingChannel, IncomingMessage, IncomingSkip, IncomingThread
from threadlore.ingest.sources import open_source
from threadlore.types import Marks, Role, Visibility


def read(path: Path, url: str = "") -> list[Incoming]:
    async def collect() -> list[Incoming]:
        source = open_source(path, "forum:test", url)
        return [item async for batch in source.batches({}) for item in batch.items]

    return asyncio.run(collect())


def of(found: list[Incoming], kind: type[Any]) -> list[Any]:
    return [item for item in found if isinstance(item, kind)]


def written(tmp_path: Path, *rows: object, name: str = "x.jsonl") -> Path:
    path = tmp_path / name
    path.write_text(
        "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8"
    )
    return path


def test_threads_and_messages_as_documented(tmp_path: Path) -> None:
    found = read(jsonl(tmp_path))
    (thread,) = of(found, IncomingThread)
    assert (thread.title, thread.tags, thread.solved) == ("Recall is low", ("index",), True)
    asked, answered, single = of(found, IncomingMessage)
    assert answered.reply_to == asked.native_id and answered.author.role is Role.MAINTAINER
    assert answered.marks == Marks(solved=1, thanks=2, reactions=3)
    assert [person.native_id for person in answered.mentions] == ["ann"]
    assert single.thread_id is None and single.created_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_compressed_is_the_same(tmp_path: Path) -> None:
    assert of(read(jsonl_gz(tmp_path)), IncomingThread) == of(read(jsonl(tmp_path)), IncomingThread)


def test_without_a_name_it_says_how_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        open_source(jsonl(tmp_path))
    assert "--source" in caught.value.hint


def test_a_thread_line_with_text_is_a_thread_of_one_message(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {
            "key": "a/b#1",
            "repo": "a/b",
            "title": "T",
            "text": "why?",
            "url": "https://x.example/1",
            "ts": 1700000000,
        },
        {"key": "a/b#2", "repo": "a/b", "title": "U", "text": "how?", "timestamp": "2026-01-01 10:00:00"},
    )
    found = read(path)
    assert [thread.title for thread in of(found, IncomingThread)] == ["T", "U"]
    first, second = of(found, IncomingMessage)
    assert (first.thread_id, first.text, first.channel_id) == ("a/b#1", "why?", "a/b")
    assert second.created_at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert first.author.native_id != second.author.native_id


def test_names_that_other_archives_use(tmp_path: Path) -> None:
    row = {
        "thread_id": "t9",
        "title": "Porting",
        "parent": "hardware",
        "messages": [
            {"id": 5, "timestamp": "2026-01-01T00:00:00Z", "author": "u_1", "content": "hi", "edited": False},
            {"id": 6, "timestamp": "2026-01-01T00:01:00Z", "author": {"id": "7", "name": "Bob"},
             "content": "yo", "reference": {"messageId": 5}, "isBot": True,
             "reactions": [{"emoji": "👍", "count": 2}]},
        ],
    }  # fmt: skip
    first, second = of(read(written(tmp_path, row)), IncomingMessage)
    assert first.native_id == "5" and first.edited_at is None
    assert (second.reply_to, second.author.native_id, second.author.role) == ("5", "7", Role.BOT)
    assert second.marks.thanks == 2


def test_what_has_no_time_takes_the_files_day_and_is_counted(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "1", "title": "a", "text": "b"}, {"id": "2", "title": "a", "text": "b"})
    os.utime(path, (1_700_000_000, 1_700_000_000))
    found = read(path)
    assert {message.created_at for message in of(found, IncomingMessage)} == {
        datetime(2023, 11, 14, tzinfo=UTC)
    }
    (skip,) = of(found, IncomingSkip)
    assert "2 items have no time" in skip.reason and "2023-11-14" in skip.reason


def test_broken_lines_are_named_and_the_others_come_in(tmp_path: Path) -> None:
    good = {"id": "1", "author": "a", "at": 0, "text": "x"}
    path = written(tmp_path, good, "{broken", "[1, 2]", {"text": "no id"}, good | {"id": "2"}, good)
    found = read(path)
    assert [message.native_id for message in of(found, IncomingMessage)] == ["1", "2", "1"]
    assert [skip.item for skip in of(found, IncomingSkip)] == [f"x.jsonl line {n}" for n in (2, 3, 4, 6)]


def test_a_hundred_megabyte_line_is_skipped_and_the_rest_read(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    good = json.dumps({"type": "message", "id": "1", "author": "a", "at": 0, "text": "x"}).encode()
    with path.open("wb") as file:
        file.write(good + b'\n{"id": "2", "text": "')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n' + good.replace(b'"1"', b'"3"'))
    found = read(path)
    assert [message.native_id for message in of(found, IncomingMessage)] == ["1", "3"]
    assert "longer" in of(found, IncomingSkip)[0].reason


def test_private_stays_private_and_links_are_links(tmp_path: Path) -> None:
    row = {
        "type": "thread",
        "id": "1",
        "title": "t",
        "text": "x",
        "at": 0,
        "visibility": "private",
        "url": "t/1",
    }
    (thread,) = of(read(written(tmp_path, row), "https://forum.example/"), IncomingThread)
    assert thread.visibility is Visibility.PRIVATE and thread.url == "https://forum.example/t/1"
    (thread,) = of(read(written(tmp_path, row | {"url": "javascript:alert(1)"})), IncomingThread)
    assert thread.url == ""


def test_a_private_message_does_not_join_a_public_channel(tmp_path: Path) -> None:
    row = {"type": "message", "channel": "help", "author": "a", "at": "2026-01-01", "text": "x"}
    path = written(tmp_path, row | {"id": "1"}, row | {"id": "2", "visibility": "private"})
    found = read(path)
    places = {item.native_id: item.visibility for item in of(found, IncomingChannel)}
    first, second = of(found, IncomingMessage)
    assert (places[first.channel_id], places[second.channel_id]) == (Visibility.PUBLIC, Visibility.PRIVATE)


def test_numbers_that_are_no_moment_and_terminal_codes_are_harmless(tmp_path: Path) -> None:
    row = {
        "type": "message",
        "id": "1",
        "author": "a",
        "at": 10**400,
        "text": "\x1b[31mred\x1b]0;title\x07 text",
    }
    (message,) = of(read(written(tmp_path, row)), IncomingMessage)
    assert message.text == "red]0;title text"
