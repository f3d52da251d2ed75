"""Files as they come: compressed, marked, damaged, absurd."""

from __future__ import annotations

import asyncio
import gzip
import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest.samples import discord_export, discord_package, docs, export, github_issues, jsonl, message
from threadlore.errors import BadInput, NotFound
from threadlore.incoming import Incoming, IncomingMessage, IncomingSkip
from threadlore.ingest.sources import open_source, open_sources
from threadlore.ingest.surrogates import WholeCharacters


def read(path: Path) -> list[Incoming]:
    async def collect() -> list[Incoming]:
        source = open_source(path, "forum:test")
        return [item async for batch in source.batches({}) for item in batch.items]

    return asyncio.run(collect())


def texts(found: list[Incoming]) -> list[str]:
    return [item.text for item in found if isinstance(item, IncomingMessage)]


def reasons(found: list[Incoming]) -> str:
    return " ".join(item.reason for item in found if isinstance(item, IncomingSkip))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_marks_and_wide_encodings(tmp_path: Path, encoding: str) -> None:
    path = discord_export(tmp_path)
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    found = read(path)
    assert texts(found)[0] == "why does milvus not start?" and reasons(found) == ""


def test_compressed_exports_are_read(tmp_path: Path) -> None:
    path = tmp_path / "export.json.gz"
    path.write_bytes(gzip.compress(discord_export(tmp_path).read_bytes()))
    assert len(texts(read(path))) == 2


def test_a_cut_compressed_file_keeps_what_came_before(tmp_path: Path) -> None:
    rows = (
        json.dumps({"type": "message", "id": str(n), "at": n, "text": str(n * 7919)}) for n in range(20_000)
    )
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(rows).encode())[:-2000])
    found = read(path)
    assert len(texts(found)) > 1000 and "broken" in reasons(found)


def test_bytes_that_are_no_text_are_replaced_and_counted(tmp_path: Path) -> None:
    path = discord_export(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"why does", b"why \xff\xfe does"))
    found = read(path)
    assert texts(found)[0].startswith("why \ufffd") and "2 characters" in reasons(found)


def test_deep_nesting_is_stopped_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    whole = json.dumps(export([message(1, "before"), message(2, "deep")]))
    path.write_text(whole.replace('"deep"', "[" * 500_000 + "]" * 500_000), encoding="utf-8")
    found = read(path)
    assert texts(found) == ["before"] and "nest" in reasons(found)


def test_a_text_of_a_hundred_megabytes_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    before, after = json.dumps(export([message(1, "before"), message(2, "LONG")])).split("LONG")
    with path.open("w", encoding="utf-8") as file:
        file.write(before)
        for _ in range(100):
            file.write("x" * (1 << 20))
        file.write(after)
    found = read(path)
    assert texts(found) == ["before"] and "4 MB" in reasons(found)


def test_brackets_and_quotes_inside_texts_count_for_nothing(tmp_path: Path) -> None:
    odd = '[[[{{{ "quoted \\" ' * 400
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(export([message(n, odd) for n in range(10, 60)])), encoding="utf-8")
    assert texts(read(path)) == [odd] * 50


@pytest.mark.parametrize(
    ("name", "data"),
    [("empty.json", b""), ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(99)), ("notes.txt", b"hello"),
     ("other.json", b'{"a": 1}'), ("list.json", b"[1, 2]"), ("deep.json", b"[" * 100_000),
     ("x.zip", b"PK\x03\x04")],
)  # fmt: skip
def test_what_nothing_reads_is_refused_with_the_reason(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput) as caught:
        open_sources([tmp_path / name])
    assert name in caught.value.message and "Known formats" in caught.value.hint


def test_what_files_say_of_themselves_goes_before_a_given_name(tmp_path: Path) -> None:
    discord_export(tmp_path)
    jsonl(tmp_path)
    names = [source.name for source in open_sources([tmp_path], "forum:mine").sources]
    assert names == ["discord:900000000000000001", "forum:mine"]


def test_a_missing_path_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_sources([tmp_path / "none"])


def test_a_folder_of_everything_is_sorted_by_content(tmp_path: Path) -> None:
    for make in (discord_export, github_issues, jsonl, docs, discord_package):
        make(tmp_path)
    (tmp_path / "noise.bin").write_bytes(bytes(64))
    opened = open_sources([tmp_path], "forum:test")
    assert len(opened.sources) == 3
    skipped = {skip.item: skip.reason for skip in opened.skipped}
    assert "data package" in skipped["package.zip"]
    assert "ingest docs" in skipped["handbook/index.md"]
    assert skipped["noise.bin"].startswith("no known format")


def test_a_data_package_alone_says_what_to_do_instead(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="one person") as caught:
        open_source(discord_package(tmp_path))
    assert "DiscordChatExporter" in caught.value.hint


def test_an_unpacked_data_package_is_refused_too(tmp_path: Path) -> None:
    folder = tmp_path / "messages" / "c900000000000000100"
    folder.mkdir(parents=True)
    (folder / "channel.json").write_text('{"id": "900000000000000100", "type": 0}')
    (folder / "messages.json").write_text('[{"ID": 1, "Timestamp": "2024-01-01", "Contents": "x"}]')
    (tmp_path / "messages" / "index.json").write_text('{"900000000000000100": "general"}')
    with pytest.raises(BadInput, match="one person"):
        open_sources([tmp_path])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!DOCTYPE html><html><body class='chatlog'></body></html>", "export it again as JSON"),
        ("AuthorID,Author,Date,Content,Attachments,Reactions\n1,zed,2026,hi,,\n", "export it again as JSON"),
        ("=" * 62 + "\nGuild: Test\nChannel: general\n", "export it again as JSON"),
        ('[{"type": "message", "user": "U1", "text": "hi", "ts": "1700000000.000100"}]', "a Slack export"),
        ("From a@b.example Thu Jan  1 00:00:00 2026\nSubject: x\n\nhi\n", "mbox"),
        ('<?xml version="1.0"?>\n<posts>\n<row Id="1" /></posts>', "Stack Exchange"),
        ('{"post_stream": {"posts": []}}', "Discourse"),
        ("hello", "Threadlore JSONL"),
    ],
)
def test_what_is_not_read_is_named_with_the_way_in(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(BadInput, match=said):
        open_sources([tmp_path / "a.txt"])


def test_half_a_character_costs_that_character_alone(tmp_path: Path) -> None:
    halves = [message(1, "a \ud83d b \udc00 c"), message(2, "whole \U0001f600 \\ud83d"), message(3, "last")]
    path = tmp_path / "halves.json"
    path.write_text(json.dumps(export(halves)))
    found = read(path)
    assert texts(found) == ["a \ufffd b \ufffd c", "whole \U0001f600 \\ud83d", "last"]
    assert reasons(found) == ""


@given(st.text(alphabet=st.sampled_from("a\\u\ud83d\ude00😀"), max_size=60), st.integers(1, 9))
def test_characters_are_whole_wherever_a_chunk_ends(text: str, size: int) -> None:
    reader = WholeCharacters(BytesIO(json.dumps(text).encode()))
    parts = iter(lambda: reader.read(size), b"")
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert json.loads(b"".join(parts)) == whole
