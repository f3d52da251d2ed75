"""From files into the real records: ids, pseudonyms, masks, counts, twice, conversations."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.samples import (
    CHANNEL,
    GUILD,
    THREAD,
    comment,
    discord_export,
    docs,
    export,
    github_issues,
    issue,
    jsonl,
    message,
    write_json,
)
from threadlore.errors import BadInput
from threadlore.ingest.run import IngestParts, run_ingest
from threadlore.ingest.scrub import Scrubber
from threadlore.ingest.sources import open_sources
from threadlore.ingest.sources.docs import open_docs
from threadlore.ingest.sync import UNTITLED, Ingested, ingest, split_places
from threadlore.runs import RunLog
from threadlore.store.records import Records
from threadlore.testing import FixedClock
from threadlore.types import Role

CLOCK = FixedClock()


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    found = Records(tmp_path / "data")
    yield found
    found.close()


def proves_no_deletion(messages: Sequence[str], threads: Sequence[str], channels: Sequence[str]) -> int:
    raise AssertionError("what is missing from a file was not deleted")


def bring(records: Records, *paths: Path, name: str | None = None) -> Ingested:
    scrubber = Scrubber.for_folder(records.folder)
    done = [
        asyncio.run(ingest(source, records, scrubber, CLOCK.now(), proves_no_deletion))
        for source in open_sources(paths, name).sources
    ]
    return done[-1]


def stored(records: Records) -> dict[str, Any]:
    rows = records.database.column("SELECT record FROM messages ORDER BY id")
    return {row["id"].rsplit("/", 1)[-1]: row for row in map(json.loads, rows)}


def test_people_are_pseudonyms_everywhere_and_ids_carry_the_source(tmp_path: Path, records: Records) -> None:
    done = bring(records, discord_export(tmp_path))
    asked, answered = stored(records).values()
    assert asked["id"] == f"discord:{GUILD}/900000000000000201"
    assert answered["reply_to"] == asked["id"]
    assert answered["text"] == f"@{asked['author']} restart etcd, that helped me"
    assert answered["mentions"] == [asked["author"]]
    assert answered["role"] == Role.MAINTAINER and answered["language"] == "en"
    assert "Ann" not in json.dumps([asked, answered])
    assert done.stage.counts["added"] == 2 and done.stage.counts["language:en"] == 2


def test_nothing_personal_is_in_any_file_of_the_data_folder(tmp_path: Path, records: Records) -> None:
    text = "I am ann.lee@corp.example, password=hunter2secret, Ann Lee"
    rows = [message(1, text), message(2, "thanks @Ann Lee", mentions=[message(1, "")["author"]])]
    bring(records, write_json(tmp_path / "x.json", export(rows)))
    records.close()
    data = b"".join(file.read_bytes() for file in records.folder.iterdir())
    assert b"ann.lee@" not in data and b"hunter2secret" not in data and b"@Ann Lee" not in data


def test_the_second_time_nothing_is_new(tmp_path: Path, records: Records) -> None:
    for make in (discord_export, github_issues, jsonl):
        path = make(tmp_path)
        first = bring(records, path, name="forum:x" if make is jsonl else None)
        before = stored(records)
        again = bring(records, path, name="forum:x" if make is jsonl else None)
        assert again.stage.counts["added"] == again.stage.counts["changed"] == 0
        assert again.stage.counts["unchanged"] == first.stage.counts["read"]
        assert stored(records) == before


def test_the_newest_export_wins_in_either_order_and_absence_deletes_nothing(
    tmp_path: Path, records: Records
) -> None:
    old = export([message(1, "old text"), message(2, "deleted later")])
    new = export([message(1, "new text")], exportedAt="2026-06-01T00:00:00Z")
    bring(records, write_json(tmp_path / "new.json", new))
    bring(records, write_json(tmp_path / "old.json", old))
    assert [row["text"] for row in stored(records).values()] == ["new text", "deleted later"]


def test_comments_before_their_issue_wait_for_its_title(tmp_path: Path, records: Records) -> None:
    bring(records, write_json(tmp_path / "comments.json", [comment(51, 1)]))
    (thread,) = records.threads(["github:acme/vault/t/issues/1"])
    assert thread.title == UNTITLED
    bring(records, write_json(tmp_path / "issues.json", [issue(1)]))
    bring(records, tmp_path / "comments.json")
    (thread,) = records.threads([thread.id])
    assert thread.title == "[Bug]: crash number 1" and len(thread.message_ids) == 2


def test_a_flood_of_pages_has_one_row_a_message(tmp_path: Path, records: Records) -> None:
    rows = [message(10, f"text {n}") | {"id": str(n)} for n in range(1, 1302)]
    done = bring(records, write_json(tmp_path / "many.json", export(rows)))
    assert done.stage.counts["added"] == 1301 and len(stored(records)) == 1301


def test_documents_are_stored_and_counted(tmp_path: Path, records: Records) -> None:
    source = open_docs(docs(tmp_path), version="2.6", url="https://milvus.example")
    scrubber = Scrubber.for_folder(records.folder)
    done = asyncio.run(ingest(source, records, scrubber, CLOCK.now(), proves_no_deletion))
    assert done.stage.counts["documents"] == 5
    again = asyncio.run(
        ingest(source, records, scrubber, CLOCK.now() + timedelta(days=1), proves_no_deletion)
    )
    assert again.stage.counts["unchanged"] == 5


def test_places_are_split_once_and_a_short_thread_stays_whole(tmp_path: Path, records: Records) -> None:
    bring(records, discord_export(tmp_path))
    bring(records, write_json(tmp_path / "t.json", export([message(6, "help")], thread=True)))
    first = asyncio.run(split_places(records, CLOCK.now()))
    assert first.counts["places"] == 2 and first.counts["conversations"] >= 2
    assert f"discord:{GUILD}/t/{THREAD}" in records.conversations_to_distil("extractive")
    assert f"discord:{GUILD}/c/{CHANNEL}" not in records.conversations_to_distil("extractive")
    assert asyncio.run(split_places(records, CLOCK.now())).counts == {"places": 0, "conversations": 0}


def parts(records: Records, drained: list[int]) -> IngestParts:
    async def drain(log: RunLog | None) -> dict[str, int]:
        drained.append(1)
        return {"threads": 1}

    return IngestParts(
        records,
        Scrubber.for_folder(records.folder),
        CLOCK,
        drain,
        "settings",
        progress=lambda *_: None,
        erase=proves_no_deletion,
    )


def test_a_run_is_recorded_with_stages_and_skips(tmp_path: Path, records: Records) -> None:
    path = discord_export(tmp_path)
    path.write_text(path.read_text()[:-30])
    opened = open_sources([path])
    drained: list[int] = []
    asyncio.run(run_ingest(parts(records, drained), opened.sources, opened.skipped))
    (run,) = records.runs()
    assert [stage.name for stage in run.stages] == [f"ingest discord:{GUILD}", "conversations", "index"]
    assert run.finished_at and drained and run.skipped[0].item == "general.json"


def test_a_run_that_breaks_says_so(tmp_path: Path, records: Records) -> None:
    class Broken:
        name = "forum:broken"

        def batches(self, cursors: object) -> Any:
            raise BadInput("no such forum")

    with pytest.raises(BadInput):
        asyncio.run(run_ingest(parts(records, []), [Broken()]))
    assert records.runs()[0].error == "BadInput: no such forum"


def test_a_flood_of_faults_is_named_up_to_a_thousand_and_then_counted(
    tmp_path: Path, records: Records
) -> None:
    good = json.dumps({"type": "message", "id": "1", "author": "a", "at": 0, "text": "x"})
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join([good, *["{broken"] * 1500]))
    done = bring(records, path, name="forum:x")
    assert done.stage.counts["skipped"] == 1500
    assert len(done.skipped) == 1001 and done.skipped[-1].item == "500 more"


def test_addresses_and_names_of_files_keep_no_secret(records: Records, tmp_path: Path) -> None:
    link = "https://forum.example/t/1?token=abcdef123456"
    row = {"type": "message", "id": "1", "author": "a", "at": "2026-01-01", "text": "x", "url": link}
    path = tmp_path / "jane.doe@example.com.jsonl"
    path.write_text("\n".join([json.dumps(row), json.dumps(row | {"id": ""})]), encoding="utf-8")
    done = bring(records, path, name="forum:x")
    assert "abcdef123456" not in json.dumps(stored(records))
    assert [skip.item for skip in done.skipped] == ["[email] line 2"]


def test_a_pipe_and_a_broken_link_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "link.json").symlink_to(tmp_path / "nowhere.json")
    write_json(folder / "ok.json", export([message(1, "hello")]))
    opened = open_sources([folder])
    assert [skip.item for skip in opened.skipped] == ["link.json", "pipe.jsonl"]
