"""Distil and label at an endpoint: what goes wrong there loses no conversation, and is named in the run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agents.analysis import NOW, analysis
from tests.agents.modelling.readings import asking, distil, store
from threadlore.agents.budget import Purse
from threadlore.agents.cluster import Clustering
from threadlore.agents.context import AnalysisContext
from threadlore.agents.label import label_topics
from threadlore.agents.model_calls import ModelCalls
from threadlore.agents.topics import match_topics
from threadlore.endpoints import Endpoint
from threadlore.models import ModelChoice, load_model
from threadlore.prompts import load
from threadlore.store.records import Records
from threadlore.testing.endpoint import FakeEndpoint, serving
from threadlore.testing.faults import CallsTool, Choices, Dropped, Fault, HalfBody, Refusal, Says, Status
from threadlore.testing.plain_model import answer
from threadlore.types import Skipped

CONVERSATIONS = 12


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[FakeEndpoint]:
    """An endpoint with the plain model, checked against the specification where that is here."""
    try:
        validator = request.getfixturevalue("openai_specification")
    except pytest.skip.Exception:
        validator = None
    with serving(FakeEndpoint(answer, validator=validator)) as served:
        yield served
    assert served.violations == []


@contextmanager
def reading_at(
    endpoint: FakeEndpoint, folder: Path, *, fresh: bool = True
) -> Iterator[tuple[AnalysisContext, list[Skipped]]]:
    address = Endpoint(endpoint.url, timeout_s=5.0, retries=0)
    model = load_model("openai", ModelChoice("fake", address, 32_000, load("json_reply").text))
    skipped: list[Skipped] = []
    with analysis(folder) as bare:
        assert isinstance(bare.records, Records)
        if fresh:
            store(bare.records, [asking(number) for number in range(CONVERSATIONS)])
        calls = ModelCalls(bare.records, model, Purse(), "run_1", lambda: NOW)
        yield replace(bare, calls=calls, skipped=skipped.extend), skipped


def methods(context: AnalysisContext) -> list[str]:
    return sorted(question.method for question in context.records.questions())


def test_conversations_are_read_and_topics_named(endpoint: FakeEndpoint, tmp_path: Path) -> None:
    with reading_at(endpoint, tmp_path) as (context, skipped):
        assert distil(context)["read_by_model"] == CONVERSATIONS
        assert methods(context) == ["fake"] * CONVERSATIONS
        ids = tuple(question.id for question in context.records.questions())
        groups = Clustering((0,) * 6 + (1,) * 6, (0, 1), "topics", ids, "x")
        asyncio.run(match_topics(context, groups))
        assert asyncio.run(label_topics(context))["named_by_model"] == 2
    names = [body["response_format"]["json_schema"]["name"] for body in endpoint.requests]
    assert names == ["DistilReply"] * (len(names) - 1) + ["LabelReply"]
    assert skipped == []


@pytest.mark.parametrize(
    ("fault", "later"),
    [
        (Status(500), True),
        (Status(429, retry_after=0), True),
        (Dropped(), True),
        (HalfBody(), True),
        (Choices(), False),
        (Refusal(), False),
        (CallsTool(), False),
        (Says('{"asking": [{"c": "c1", "q": [{"te', finish_reason="length"), False),
        (Says("Gerne! Hier sind die Fragen, die gestellt wurden."), False),
        (Says('{"questions": ["How?"]}'), False),
        (Says("x" * 200_000), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else "",
)
def test_whatever_goes_wrong_every_conversation_is_read_and_named(
    endpoint: FakeEndpoint, tmp_path: Path, fault: Fault, later: bool
) -> None:
    endpoint.faults = lambda asked: fault
    with reading_at(endpoint, tmp_path) as (context, skipped):
        counts = distil(context)
        assert methods(context) == ["extractive"] * CONVERSATIONS
        due = len(context.records.conversations_to_distil("fake"))
    assert counts["read_without_model"] == len(skipped) == CONVERSATIONS
    assert due == (CONVERSATIONS if later else 0)


def test_an_endpoint_without_schemas_is_read_all_the_same(endpoint: FakeEndpoint, tmp_path: Path) -> None:
    endpoint.forms = ()
    with reading_at(endpoint, tmp_path) as (context, skipped):
        assert distil(context)["read_by_model"] == CONVERSATIONS
    assert skipped == []


def test_one_failed_call_is_made_good_by_the_next_run_and_no_other_is_paid_again(
    endpoint: FakeEndpoint, tmp_path: Path
) -> None:
    endpoint.faults = {0: Status(500)}
    with reading_at(endpoint, tmp_path) as (context, skipped):
        distil(context)
        failed = len(skipped)
        assert methods(context) == ["extractive"] * failed + ["fake"] * (CONVERSATIONS - failed)
    asked = len(endpoint.requests)
    with reading_at(endpoint, tmp_path, fresh=False) as (context, skipped):
        assert distil(context)["read_by_model"] == failed
        assert distil(context) == {}
        assert methods(context) == ["fake"] * CONVERSATIONS
    assert 0 < failed < CONVERSATIONS
    assert len(endpoint.requests) == asked + 1
    assert skipped == []
