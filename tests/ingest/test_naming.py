"""Names in any order of reading: what was stored before somebody was met is mended, and what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.samples import export, member, message, write_json
from tests.ingest.test_sync import CLOCK, bring, stored
from tests.store.builders import a_question, an_entry
from threadlore.ingest.sync import split_places
from threadlore.store.outbox import drain
from threadlore.store.outbox_rows import rewrites
from threadlore.store.records import Records
from threadlore.store.vectors import MilvusVectors
from threadlore.testing import HashEmbedder
from threadlore.types import Citation, Topic

DIMENSION = 16
NAME = "quokkafan"


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    found = Records(tmp_path / "data")
    yield found
    found.close()


def said(number: int, text: str, name: str = "someone else") -> dict[str, Any]:
    return message(number, text, member(f"9000000000000004{len(name):02d}", name))


def holding(folder: Path) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and NAME.encode() in path.read_bytes().lower()
    ]


def test_an_addressed_name_is_never_stored_whoever_comes_first(tmp_path: Path, records: Records) -> None:
    rows = [said(1, f"thanks @{NAME}!"), said(2, f"{NAME} was right"), said(3, "you are welcome", NAME)]
    bring(records, write_json(tmp_path / "a.json", export(rows)))
    first, second, third = stored(records).values()
    assert first["text"] == f"thanks @{third['author']}!"
    assert second["text"] == f"{third['author']} was right"
    assert holding(records.folder) == []


def test_a_later_file_mends_what_an_earlier_one_left(tmp_path: Path, records: Records) -> None:
    early = [said(1, f"thanks @{NAME}!"), said(2, f"as {NAME} said, restart it")]
    done = bring(records, write_json(tmp_path / "a.json", export(early)))
    assert holding(records.folder)
    assert f"@{NAME}" not in stored(records)["900000000000000201"]["text"]
    bring(records, write_json(tmp_path / "b.json", export([said(3, "hello", NAME)])))
    first, second, third = stored(records).values()
    assert first["text"] == f"thanks @{third['author']}!"
    assert second["text"] == f"as {third['author']} said, restart it"
    assert holding(records.folder) == []
    again = bring(records, tmp_path / "a.json")
    assert again.stage.counts["unchanged"] == done.stage.counts["read"]


def test_somebody_met_earlier_is_known_to_a_file_that_lacks_them(tmp_path: Path, records: Records) -> None:
    bring(records, write_json(tmp_path / "a.json", export([said(1, "hello", NAME)])))
    bring(records, write_json(tmp_path / "b.json", export([said(2, f"ask {NAME} or @{NAME}")])))
    first, second = stored(records).values()
    assert second["text"] == f"ask {first['author']} or @{first['author']}"


def test_what_was_derived_is_mended_with_its_vectors(tmp_path: Path, records: Records) -> None:
    text = f"Why did {NAME} say that the index has to be built anew?"
    bring(records, write_json(tmp_path / "a.json", export([said(1, text)])))
    (asked,) = records.messages(records.database.column("SELECT id FROM messages"))
    asyncio.run(split_places(records, CLOCK.now()))
    (thread,) = records.conversations_to_distil("extractive")
    question = a_question(thread, asked, text)
    records.save_questions("extractive", {thread: [question]})
    label = Topic(
        id="topic",
        label=text,
        area="other",
        question_ids=(question.id,),
        first_seen=asked.created_at,
        last_seen=asked.created_at,
    )
    records.save_topics([label], [])
    quote = Citation(source_id=asked.id, kind="message", quote=text)
    records.save_entries([an_entry(question=text, answer=f"{text} [1]", citations=(quote,))])
    vectors = MilvusVectors(str(records.folder / "milvus.db"), dimension=DIMENSION)
    asyncio.run(drain(records, lambda: vectors, lambda: HashEmbedder(DIMENSION)))
    bring(records, write_json(tmp_path / "b.json", export([said(2, "hello", NAME)])))
    assert set(rewrites(records.database)) == {"threads", "questions", "phrasings"}
    asyncio.run(drain(records, lambda: vectors, lambda: HashEmbedder(DIMENSION)))
    asyncio.run(vectors.close())
    (entry,) = records.entries()
    (asked,) = records.messages([asked.id])
    assert entry.citations[0].quote in asked.text
    dump = "\n".join(records.database.connection.iterdump())
    assert NAME not in dump.lower()
    assert holding(records.folder) == []


def test_a_bot_that_is_called_like_a_product_changes_no_sentence(tmp_path: Path, records: Records) -> None:
    bot = message(1, "build 7 passed", member("7", "Quokkabase", bot=True))
    rows = [bot, said(2, "does Quokkabase support that?"), said(3, "@Quokkabase help")]
    bring(records, write_json(tmp_path / "a.json", export(rows)))
    _, asked, called = stored(records).values()
    assert asked["text"] == "does Quokkabase support that?"
    assert "Quokkabase" not in called["text"]


def test_nothing_new_reads_no_text_again(tmp_path: Path, records: Records) -> None:
    path = write_json(tmp_path / "a.json", export([said(1, f"hi @{NAME}"), said(2, "hello", NAME)]))
    bring(records, path)
    stamp = records.change_stamp()
    bring(records, path)
    assert records.change_stamp() == stamp
    assert json.dumps(stored(records)).count(NAME) == 0


@pytest.mark.parametrize(
    "name",
    [
        "Bob",
        "🦊 Foxy 🦊",
        "a name of as many as six words",
        "@atsign",
        "ÆTHER | ops (away)",
        "李雷",
        "x.y-z_0",
        "Will",
    ],
)
@pytest.mark.parametrize(
    "text", ["thanks @NAME!", "@NAME: look", "```\n@NAME\n```", "`@NAME`", "(@NAME)", "@NAME\nok"]
)
def test_whom_an_export_mentions_is_never_stored_by_name(
    tmp_path: Path, records: Records, name: str, text: str
) -> None:
    row = message(1, text.replace("NAME", name), mentions=[member("77", name)])
    bring(records, write_json(tmp_path / "a.json", export([row])))
    (kept,) = stored(records).values()
    assert name.strip("@").casefold() not in kept["text"].casefold()
    assert kept["mentions"][0] in kept["text"]


def test_a_sentence_of_the_program_itself_names_nobody(tmp_path: Path, records: Records) -> None:
    row = message(1, "Added Bob to the group.", type="RecipientAdd", mentions=[member("77", "Bob")])
    bring(records, write_json(tmp_path / "a.json", export([row])))
    (kept,) = stored(records).values()
    assert kept["text"] == f"Added {kept['mentions'][0]} to the group."
