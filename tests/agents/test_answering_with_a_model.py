"""Questions answered by a model: from entries, pages and tools alone, or not by it at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agents.modelling.scripted import all_supported, claim, shown
from tests.agents.test_answer_graph import AT, NoVectors, entry
from threadlore.agents.answer_graph import GraphAnswerer
from threadlore.agents.budget import Purse
from threadlore.agents.model_calls import KeepsNothing, ModelCalls
from threadlore.chat import ChatReply, ChatRequest, Output, ToolRequest
from threadlore.errors import ConfigError, ModelDown
from threadlore.profile import load_profile
from threadlore.seams import Answer, CleanBatch
from threadlore.store.exact import ExactVectors
from threadlore.store.records import Records
from threadlore.testing import HashEmbedder, ScriptedAnswer, ScriptedModel
from threadlore.types import AppliesTo, Document, EntryState, Visibility

BACKUP = "How do I back up a collection?"
SAID = "Install milvus-backup and run milvus-backup create with the name of the collection."
SLOW = "Search is slow while segments grow: build the index, then load the collection again."
GOOD = claim("Run milvus-backup create with the collection's name.", ("q2", "run milvus-backup create"))


class Asking:
    """A small FAQ that is asked with a scripted model."""

    def __init__(self, folder: Path, window: int = 8192) -> None:
        self.records = Records(folder)
        self.window = window
        self.model = ScriptedModel([])
        self.patience_s: float | None = None
        self.vectors: object = NoVectors()
        self.records.save_entries(
            [
                entry("backup", BACKUP, "backup of a collection", answer=f"{SAID} [1]"),
                entry("slow", "Why is my search slow?", "search is slow", answer=SLOW),
                entry("size", "How much memory do I need?", "how much ram", tools=("size",)),
                entry("draft", "How do I back up a draft collection?", state=EntryState.DRAFT),
                entry("secret", "How do I back up a hidden collection?", visibility=Visibility.PRIVATE),
            ]
        )

    def __call__(
        self, question: str, reply: Any, check: Any = all_supported, model: ScriptedModel | None = None
    ) -> Answer:
        def script(request: ChatRequest[Any]) -> ScriptedAnswer:
            said = check if request.prompt.startswith("check/") else reply
            answer: ScriptedAnswer = said(request) if callable(said) else said
            return answer

        self.model = model or ScriptedModel(script, window=self.window)
        calls = ModelCalls(KeepsNothing(), self.model, Purse(), "ask", lambda: AT)
        answerer = GraphAnswerer(
            records=self.records,
            embedder=HashEmbedder(256),
            vectors=self.vectors,  # type: ignore[arg-type]
            profile=load_profile("milvus"),
            calls=calls,
            patience_s=self.patience_s,
        )
        return asyncio.run(answerer.answer(question))


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Asking]:
    asking = Asking(tmp_path)
    yield asking
    asking.records.close()


def reply(*claims: dict[str, object], action: str = "answer", **more: object) -> dict[str, object]:
    return {"action": action, "claims": list(claims), "missing": "", "between": [], **more}


def test_an_answer_cites_the_entries_that_it_is_made_of(ask: Asking) -> None:
    answer = ask("how can i back up my collection", reply(GOOD))
    assert (answer.kind, answer.entry_id) == ("answered", "backup")
    assert answer.text == "Run milvus-backup create with the collection's name. [1]"
    assert answer.sources[0].quote == SAID and answer.sources[0].label == BACKUP
    assert answer.applies_to == "2.5 and later"


def test_drafts_and_private_entries_are_not_shown_to_it(ask: Asking) -> None:
    ask("how do I back up a draft or hidden collection?", reply(GOOD))
    text = ask.model.requests[0].turns[0].text
    assert BACKUP in text
    assert "up a draft collection" not in text and "up a hidden collection" not in text


@pytest.mark.parametrize(
    "bad",
    [
        claim("Run milvus-backup create --force 12 times.", ("q2", "run milvus-backup create")),
        claim("Milvus is no longer maintained."),
        claim("Milvus is no longer maintained.", ("q2", "run milvus-backup create")),
        claim("Run milvus-backup create, see https://evil.example", ("q2", "run milvus-backup create")),
        claim("Run milvus-backup create", ("q9", "run milvus-backup")),
        claim("Run milvus-backup create", ("q1", "back up my collection")),
    ],
)
def test_what_its_sources_do_not_carry_falls_to_the_reviewed_answer(
    ask: Asking, bad: dict[str, object]
) -> None:
    answer = ask(BACKUP, reply(bad))
    assert (answer.kind, answer.entry_id) == ("answered", "backup")
    assert answer.text == f"{SAID} [1]"


def test_a_second_sentence_that_falls_is_cut(ask: Asking) -> None:
    answer = ask(BACKUP, reply(GOOD, claim("It takes 7 minutes.", ("q2", "run milvus-backup create"))))
    assert answer.text == "Run milvus-backup create with the collection's name. [1]"


@pytest.mark.parametrize("verdict", ["contradicted", "not covered"])
def test_what_the_check_refuses_is_not_said(ask: Asking, verdict: str) -> None:
    answer = ask(BACKUP, reply(GOOD), {"verdicts": [{"claim": 1, "verdict": verdict}]})
    assert answer.text == f"{SAID} [1]"


def test_without_the_check_nothing_of_the_model_is_said(ask: Asking) -> None:
    assert ask(BACKUP, reply(GOOD), ModelDown("it is down")).text == f"{SAID} [1]"


@pytest.mark.parametrize("error", [ModelDown("it is down"), ConfigError("the key is refused")])
def test_a_model_that_is_down_or_refuses_the_key_leaves_the_reviewed_answer(
    ask: Asking, error: Exception
) -> None:
    answer = ask(BACKUP, error)
    assert (answer.text, answer.model_failed) == (f"{SAID} [1]", str(error))
    answer = ask(BACKUP, reply(GOOD), error)
    assert (answer.text, answer.model_failed) == (f"{SAID} [1]", str(error))


def test_a_model_that_never_answers_leaves_the_reviewed_answer_after_a_while(ask: Asking) -> None:
    class Silent(ScriptedModel):
        async def complete(self, request: ChatRequest[Output]) -> ChatReply[Output]:
            await asyncio.Event().wait()
            raise AssertionError

    ask.patience_s = 0.01
    answer = ask(BACKUP, reply(GOOD), model=Silent([]))
    assert answer.text == f"{SAID} [1]"
    assert answer.model_failed == "The model took longer than 0.01 s."


def test_who_is_answered_by_the_model_is_told_nothing_of_a_failure(ask: Asking) -> None:
    assert ask(BACKUP, reply(GOOD)).model_failed == ""


def sizing(request: ChatRequest[Any]) -> Any:
    if request.tools:
        return (ToolRequest("c1", "size", json.dumps({"vectors": 10_000_000, "dim": 768, "index": "HNSW"})),)
    data = shown(request)
    if "t1" not in data:
        assert "refused: nobody said" in request.turns[-1].text
        return reply()
    told = next(line for line in data["t1"].split(" - ") if line.startswith("raw vectors")).strip()
    return reply(claim(told, ("t1", told)))


def test_a_tool_is_called_with_the_askers_numbers(ask: Asking) -> None:
    answer = ask("how much memory do I need for 10M vectors of 768 dimensions with HNSW?", sizing)
    assert (answer.kind, answer.tool) == ("tool", "size")
    assert answer.text.startswith("Raw vectors: 28.6 GB. [1]")
    assert answer.arguments == {"vectors": 10_000_000, "dim": 768, "index": "HNSW"}


def test_a_tool_is_not_called_with_other_numbers(ask: Asking) -> None:
    answer = ask("how much memory do I need for 5M vectors of 768 dimensions with HNSW?", sizing)
    assert answer.arguments.get("vectors") == 5_000_000


def test_it_asks_back_for_what_a_tool_lacks_in_the_programs_words(ask: Asking) -> None:
    back = reply(action="ask_back", missing="dim")
    answer = ask("how much memory do I need for 10M vectors?", back)
    assert answer.kind == "ask_back" and "dimension" in answer.text.lower()


def test_it_asks_back_between_entries(ask: Asking) -> None:
    back = reply(action="ask_back", between=["q2", "q3", "q9"])
    answer = ask("collection search backup slow?", back)
    assert answer.kind == "ask_back"
    assert {key for key, _ in answer.closest} < {"backup", "slow", "size"}
    assert all(f"- {question}" in answer.text for _, question in answer.closest)


def test_it_hands_over_what_nothing_covers(ask: Asking) -> None:
    answer = ask("can milvus sing opera in the shower", reply(action="hand_over"))
    assert answer.kind == "handover" and "do not cover" in answer.text


def test_a_question_on_another_matter_is_not_put_to_a_model_that_would_answer_it_somehow(ask: Asking) -> None:
    answer = ask("what is the capital of australia", reply(GOOD))
    assert answer.kind == "out_of_scope"
    assert ask.model.requests == []


def test_a_question_that_only_the_documentation_covers_is_put_to_a_model(ask: Asking) -> None:
    told = "Run gravel sift twice a day."
    page = Document(
        id="d", source="docs:x", path="sift.md", url="", title="Sift gravel", heading="Sift gravel",
        version="", text=told,
    )  # fmt: skip
    ask.records.save_batch(CleanBatch("docs:x", documents=(page,)))
    ask.vectors = ExactVectors(ask.records, HashEmbedder(256))
    answer = ask("please sift gravel", reply(claim(told, ("d1", told))))
    assert (answer.kind, answer.text) == ("answered", f"{told} [1]")


def test_it_hands_nobody_over_whom_an_entry_surely_answers(ask: Asking) -> None:
    assert ask(BACKUP, reply(action="hand_over")).text == f"{SAID} [1]"


def test_who_asks_for_a_person_gets_one_without_a_model(ask: Asking) -> None:
    answer = ask("can I talk to a human please", reply(GOOD))
    assert answer.kind == "handover" and ask.model.requests == []


def test_a_version_outside_an_entry_is_named_beside_the_models_answer(ask: Asking) -> None:
    old = entry("backup", BACKUP, answer=f"{SAID} [1]", applies_to=AppliesTo(since="2.5"))
    ask.records.save_entries([old])
    answer = ask("how do I back up a collection in milvus 2.3?", reply(GOOD))
    assert "2.3" in answer.text


def test_what_the_asker_says_is_no_evidence(ask: Asking) -> None:
    lie = claim("Milvus 9.9 deletes your collection every 77 days.", ("q2", "name of the collection"))
    answer = ask(
        "milvus 9.9 deletes your collection every 77 days, how do I back up a collection?", reply(lie)
    )
    assert "77" not in answer.text and "9.9 deletes" not in answer.text
