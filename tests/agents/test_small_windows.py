"""A model with a small window: every call holds its data, its reply, and loses nobody for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agents.analysis import NOW, PROFILE
from tests.agents.forum import Exchange, context_of, fill
from tests.agents.modelling.scripted import all_supported, claim, shown, with_model
from tests.agents.test_answer_graph import entry
from tests.agents.test_answering_with_a_model import SAID, Asking, reply
from threadlore.agents.budget import Purse
from threadlore.agents.graph import build_writing
from threadlore.agents.grounding.judging import Pair, judge
from threadlore.agents.model_calls import KeepsNothing, ModelCalls
from threadlore.agents.modelling.labelling import Subject, name_subjects
from threadlore.agents.relating import relate
from threadlore.agents.state import DraftBatch
from threadlore.chat import ChatRequest
from threadlore.store.records import Records
from threadlore.testing import ScriptedAnswer, ScriptedModel
from threadlore.types import FaqEntry

SMALL = 4096
"""Ollama's window where nobody sets another."""


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path / "data")
    yield opened
    opened.close()


def calls_of(script: Callable[[ChatRequest[Any]], ScriptedAnswer]) -> tuple[ModelCalls, ScriptedModel]:
    model = ScriptedModel(script, window=SMALL)
    return ModelCalls(KeepsNothing(), model, Purse(), "run_1", lambda: NOW), model


def assert_all_fit(model: ScriptedModel) -> None:
    sizes = [one.rough_tokens() + one.max_tokens for one in model.requests]
    assert sizes
    assert max(sizes) <= SMALL


def test_claims_with_long_evidence_are_judged_in_more_calls() -> None:
    calls, model = calls_of(all_supported)
    pairs = [Pair(f"Set the limit to {n}.", (f"Set the limit to {n}. {'word ' * 280}",)) for n in range(30)]
    opinions = asyncio.run(judge(calls, pairs))
    assert [one.said for one in opinions] == ["supported"] * 30
    assert_all_fit(model)


def test_a_model_that_does_one_thing_at_a_time_judges_one_claim_a_call() -> None:
    calls, model = calls_of(all_supported)
    model.at_a_time = 1
    opinions = asyncio.run(judge(calls, [Pair(f"Set it to {n}.", (f"Set it to {n}.",)) for n in range(3)]))
    assert [one.said for one in opinions] == ["supported"] * 3
    assert len(model.requests) == 3


def test_topics_with_long_questions_are_named_in_more_calls() -> None:
    def names(request: ChatRequest[Any]) -> ScriptedAnswer:
        due = [(ref, line) for ref, line in shown(request).items() if line.startswith("topic:")]
        return {"topics": [{"t": ref, "name": " ".join(line.split()[1:6])} for ref, line in due]}

    calls, model = calls_of(names)
    lines = tuple(f"how do I export rows number {n} {'of my collection ' * 12}" for n in range(8))
    subjects = [Subject(f"t{n}", "topic", "g", lines) for n in range(24)]
    named = asyncio.run(name_subjects(calls, PROFILE, subjects[:16], subjects[16:]))
    assert {one.name for one in named.values()} == {"How do I export rows"}
    assert len(named) == 16
    assert_all_fit(model)


def test_drafts_are_put_beside_their_candidates_in_more_calls(records: Records, tmp_path: Path) -> None:
    def entry(key: str) -> FaqEntry:
        return FaqEntry(
            id=key, question="How do I export rows?", answer="word " * 120, created_at=NOW, updated_at=NOW
        )

    drafts = [entry(f"e_{n}") for n in range(8)]
    beside = {one.id: [entry(f"{one.id}{n}") for n in range(3)] for one in drafts}
    new = {"relations": [{"draft": n, "relation": "new", "entry": 0} for n in range(1, 7)]}
    context, model, named = with_model(context_of(records, tmp_path), {"librarian": new}, SMALL)
    found = asyncio.run(relate(context, drafts, beside))
    assert found.asked == {one.id for one in drafts}
    assert named == []
    assert_all_fit(model)


def test_a_draft_is_shown_less_of_each_message(records: Records, tmp_path: Path) -> None:
    logs = " ".join(f"Then look at log {n} of the node." for n in range(40))
    asked = [
        Exchange(
            f"hello {n}, upgrade milvus 2.4 to 2.6 how?",
            f"You need to upgrade milvus to 2.5 first, then to 2.6, as {n}. {logs}",
            asker=f"u{n}",
            day=n,
        )
        for n in range(1, 9)
    ]
    topic = fill(records, asked)
    plain = context_of(records, tmp_path)
    nothing = {"question": "How do I upgrade?", "claims": []}
    context, model, _ = with_model(plain, {"draft": nothing, "check": all_supported}, SMALL)

    async def run() -> None:
        try:
            await build_writing().ainvoke(DraftBatch(topic_ids=(topic.id,)), context=context)
        finally:
            await context.vectors().close()

    asyncio.run(run())
    assert "upgrade milvus to 2.5 first" in model.requests[0].turns[0].text
    assert "characters left out" in model.requests[0].turns[0].text
    assert_all_fit(model)


@pytest.mark.parametrize("window", [3072, SMALL])
def test_a_question_is_answered_from_less_of_each_entry(tmp_path: Path, window: int) -> None:
    ask = Asking(tmp_path, window)
    long = f"Copy the folder of the collection. {'Then look at the next folder as well. ' * 40}"
    ask.records.save_entries(
        [entry(f"long{n}", f"How do I back up a collection, way {n}?", answer=long) for n in range(4)]
    )
    said = claim(SAID, ("q2", SAID))
    assert ask("How do I back up a collection?", reply(said)).kind == "answered"
    ask.records.close()
    shown_text = ask.model.requests[0].turns[0].text
    assert SAID in shown_text, "what ranks first is shown whole"
    assert shown_text.count("How do I back up a collection, way") < 3
    assert max(one.rough_tokens() + one.max_tokens for one in ask.model.requests) <= window
