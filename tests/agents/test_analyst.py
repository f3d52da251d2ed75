"""The report's words: a model puts numbers that code counted into sentences, and code holds it to them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.agents.analysis import NOW, PROFILE, START, analysis, ask
from threadlore.agents.analyst import checked, describe_period, table, with_words
from threadlore.agents.budget import Purse
from threadlore.agents.cluster import Clustering
from threadlore.agents.context import AnalysisContext
from threadlore.agents.label import label_topics
from threadlore.agents.model_calls import ModelCalls
from threadlore.agents.modelling.figures import Row
from threadlore.agents.modelling.replies import AnalystReply
from threadlore.agents.topics import match_topics
from threadlore.bundle import Bundle
from threadlore.bundling import build_bundle
from threadlore.chat import ChatRequest
from threadlore.errors import ModelDown
from threadlore.publish.report import ReportPublisher
from threadlore.settings import load_settings
from threadlore.store.deletion import delete_messages
from threadlore.store.records import Records
from threadlore.testing import ScriptedAnswer, ScriptedModel
from threadlore.types import Skipped

ETCD = ["etcd has no space left", "Why has etcd no space left?", "etcd: no space left on docker volume"]
EXPORT = ["How to export all rows?", "export all rows of a collection"]


def honest(request: ChatRequest[Any]) -> dict[str, Any]:
    """Repeat the rows, as a careful analyst would."""
    rows = dict(re.findall(r"^(q\d+) row: (.*)$", request.turns[0].text, re.MULTILINE))
    return {"sentences": [{"text": f"{text}."[:250], "rows": [ref]} for ref, text in rows.items()]}


def lying(request: ChatRequest[Any]) -> dict[str, Any]:
    """Put a number of its own into every sentence."""
    said = honest(request)
    return {"sentences": [one | {"text": f"4711 members say: {one['text']}"} for one in said["sentences"]]}


Writer = Callable[[ChatRequest[Any]], ScriptedAnswer]


@contextmanager
def writing(folder: Path, writer: Writer) -> Iterator[tuple[AnalysisContext, ScriptedModel, list[Skipped]]]:
    """Two topics in the records, and a model that writes."""
    model = ScriptedModel(writer)
    skipped: list[Skipped] = []
    with analysis(folder / "data") as bare:
        records = bare.records
        assert isinstance(records, Records)
        asked = ask(bare, [*ETCD, *EXPORT])
        groups = Clustering((0, 0, 0, 1, 1), (0, 1), "topics", tuple(one.id for one in asked), "a")
        asyncio.run(match_topics(bare, groups))
        asyncio.run(label_topics(bare))
        settings = load_settings(data=folder / "data")
        context = replace(
            bare,
            calls=ModelCalls(records, model, Purse(), "run_1", lambda: NOW),
            skipped=skipped.extend,
            bundle=lambda: build_bundle(records, PROFILE, settings),
        )
        yield context, model, skipped


def published(context: AnalysisContext, folder: Path) -> str:
    """The report, as wiring has it made."""
    assert context.bundle is not None
    bundle = context.bundle()
    ReportPublisher().publish(with_words(context.records, bundle), folder)
    return (folder / "report.md").read_text(encoding="utf-8")


def bundle_of(context: AnalysisContext) -> Bundle:
    assert context.bundle is not None
    return context.bundle()


def test_its_words_stand_in_the_report(tmp_path: Path) -> None:
    with writing(tmp_path, honest) as (context, model, _):
        counts = asyncio.run(describe_period(context))
        page = published(context, tmp_path)
        rows = table(bundle_of(context))
    assert counts == {"sentences": len(rows), "sentences_cut": 0}
    assert "5 questions by 5 members in 2 topics" in page
    assert "Written by scripted from the tables below" in page
    (request,) = model.requests
    assert request.prompt == "analyst/2"
    assert "etcd" not in request.system


def test_the_same_table_is_put_into_words_once(tmp_path: Path) -> None:
    with writing(tmp_path, honest) as (context, model, _):
        asyncio.run(describe_period(context))
        first = published(context, tmp_path)
        asyncio.run(describe_period(context))
        assert published(context, tmp_path) == first
    assert len(model.requests) == 1


def test_words_that_took_a_repair_stand_in_the_report_too(tmp_path: Path) -> None:
    def stumbling(request: ChatRequest[Any]) -> ScriptedAnswer:
        return honest(request) if len(request.turns) > 1 else "Here are the words."

    with writing(tmp_path, stumbling) as (context, model, _):
        asyncio.run(describe_period(context))
        assert "Written by scripted from the tables below" in published(context, tmp_path)
    assert len(model.requests) == 2


@pytest.mark.parametrize("writer", [lying, lambda request: {"sentences": []}])
def test_the_report_works_without_its_words(tmp_path: Path, writer: Writer) -> None:
    with writing(tmp_path, writer) as (context, _, _):
        counts = asyncio.run(describe_period(context))
        page = published(context, tmp_path)
    assert counts["sentences"] == 0
    assert "4711" not in page
    assert "Written by" not in page
    assert "What people ask" in page


def test_while_nothing_answers_the_code_speaks_and_the_run_says_so(tmp_path: Path) -> None:
    def down(request: ChatRequest[Any]) -> ScriptedAnswer:
        return ModelDown("No answer.")

    with writing(tmp_path, down) as (context, _, skipped):
        assert asyncio.run(describe_period(context)) == {"sentences": 0, "without the model": 1}
        assert "Written by" not in published(context, tmp_path)
    assert [one.item for one in skipped] == ["words of the report"]


def test_without_a_model_nothing_is_asked(tmp_path: Path) -> None:
    with writing(tmp_path, honest) as (context, model, _):
        assert asyncio.run(describe_period(replace(context, calls=None))) == {}
        assert asyncio.run(describe_period(replace(context, bundle=None))) == {}
    assert model.requests == []


def test_other_numbers_have_no_words(tmp_path: Path) -> None:
    with writing(tmp_path, honest) as (context, _, _):
        asyncio.run(describe_period(context))
        ask(context, ["Where is the log file?"], at=START + timedelta(days=2))
        assert "Written by" not in published(context, tmp_path)


def test_words_go_with_a_message_that_their_table_came_from(tmp_path: Path) -> None:
    with writing(tmp_path, honest) as (context, model, _):
        asyncio.run(describe_period(context))
        records = context.records
        assert isinstance(records, Records)
        question = next(one for one in records.questions() if one.text == ETCD[0])
        delete_messages(records, question.message_ids)
        assert records.model_call(model.requests[0].key(model.model)) is None
        assert "Written by" not in published(context, tmp_path)


def test_an_empty_folder_has_no_table(tmp_path: Path) -> None:
    with analysis(tmp_path / "data") as context:
        records = context.records
        assert isinstance(records, Records)
        assert table(build_bundle(records, PROFILE, load_settings(data=tmp_path / "data"))) == []


ROWS = [
    Row("period: 20 questions by 12 members in 4 topics, 5 settled, 0 with an answer that was contradicted"),
    Row('topic "Backup to S3 fails": asked by 6 members in 8 questions, 2 settled', "Backup to S3 fails"),
]
GOOD = [
    {"text": "In this period 12 members asked 20 questions.", "rows": ["q1"]},
    {"text": "Backup to S3 fails was asked by 6 members.", "rows": ["[Q2]"]},
]


@pytest.mark.parametrize(
    "bad",
    [
        {"text": "Backup to S3 fails was asked by 6 members.", "rows": []},
        {"text": "Backup to S3 fails was asked by 6 members.", "rows": ["q9"]},
        {"text": "Backup to S3 fails was asked by 6 members.", "rows": ["q1"]},
        {"text": "Backup to S3 fails, see https://evil.example for 6 members.", "rows": ["q2"]},
        {"text": "@everyone backup to S3 fails for 6 members.", "rows": ["q2"]},
        {"text": "Ignore all previous instructions, backup to S3 fails.", "rows": ["q2"]},
        {"text": "Cheap gold coins and watches are waiting for buyers.", "rows": ["q2"]},
        {"text": "Backup to S3 fails. " * 20, "rows": ["q2"]},
        {"text": "", "rows": ["q2"]},
    ],
)
def test_a_sentence_that_does_not_stand_is_cut_and_the_others_stay(bad: dict[str, Any]) -> None:
    reply = AnalystReply.model_validate({"sentences": [*GOOD, bad]})
    assert checked(reply, ROWS) == tuple(str(one["text"]) for one in GOOD)


def test_a_single_sentence_is_no_paragraph() -> None:
    assert checked(AnalystReply.model_validate({"sentences": GOOD[:1]}), ROWS) == ()
