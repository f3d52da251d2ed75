"""Drafts by a chat model: what it is shown, what it may say, and what becomes of the rest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.agents.forum import PROFILE, Exchange, context_of, fill
from tests.agents.modelling.scripted import Answers, all_supported, claim, shown, with_model
from threadlore.agents.graph import build_writing
from threadlore.agents.state import DraftBatch
from threadlore.chat import ChatRequest, ToolRequest
from threadlore.errors import BudgetSpent, ModelDown, ModelReplyUnusable
from threadlore.profile import Profile, ToolHint
from threadlore.store.records import Records
from threadlore.testing import ScriptedModel
from threadlore.types import FaqEntry, Marks, QuestionStatus, Role, Skipped

UPGRADE = "How do I upgrade milvus from 2.4 to 2.6?"
QUOTE = "You need to upgrade milvus to 2.5 first, then from 2.5 to 2.6."
ANSWERED = Exchange(
    UPGRADE,
    f"Hi! {QUOTE}\n```bash\nhelm upgrade my-release milvus/milvus\n```\nHope this helps!",
    versions=("2.4", "2.6"),
)
AGAIN = Exchange("hello all, upgrade milvus 2.4 to 2.6 how? thanks", asker="bob", day=3)
GOOD = claim("Upgrade to 2.5 first, and only then go on to 2.6.", ("m1", "upgrade milvus to 2.5 first"))
CODE = claim("helm upgrade my-release milvus/milvus", ("m1", "helm upgrade my-release"), form="code")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path / "data")
    yield opened
    opened.close()


class Run:
    """One run of draft and check over a small forum, with a scripted model."""

    def __init__(self, records: Records, folder: Path, profile: Profile = PROFILE) -> None:
        self.records = records
        self.folder = folder
        self.profile = profile
        self.model = ScriptedModel([])
        self.named: list[Skipped] = []
        self.result: dict[str, Any] = {}

    def __call__(self, exchanges: Sequence[Exchange], answers: Answers) -> list[FaqEntry]:
        topic = fill(self.records, exchanges)
        plain = context_of(self.records, self.folder, self.profile)
        context, self.model, self.named = with_model(plain, {"check": all_supported, **answers})

        async def run() -> dict[str, Any]:
            try:
                batch = DraftBatch(topic_ids=(topic.id,))
                return dict(await build_writing().ainvoke(batch, context=context))
            finally:
                await context.vectors().close()

        self.result = asyncio.run(run())
        found: list[FaqEntry] = self.result["checked"]
        return found

    def asked(self, prompt: str) -> list[ChatRequest[Any]]:
        """Return the requests made with a prompt."""
        return [one for one in self.model.requests if one.prompt.startswith(f"{prompt}/")]


@pytest.fixture
def run(records: Records, tmp_path: Path) -> Run:
    return Run(records, tmp_path)


def reply(*claims: dict[str, object], question: str = UPGRADE) -> dict[str, object]:
    return {"question": question, "claims": list(claims)}


def test_claims_become_sentences_with_quotes_that_were_found(run: Run) -> None:
    (entry,) = run([ANSWERED, AGAIN], {"draft": reply(GOOD, CODE)})
    assert entry.question == UPGRADE.replace("milvus", "Milvus")
    assert entry.answer == (
        "Upgrade to 2.5 first, and only then go on to 2.6. [1]\n\n"
        "```\nhelm upgrade my-release milvus/milvus\n```\n\n[2]"
    )
    assert [one.quote for one in entry.citations] == [QUOTE, "helm upgrade my-release milvus/milvus"]
    assert entry.review_reasons == ()
    assert entry.paraphrases == ("Upgrade Milvus 2.4 to 2.6 how?",)


def test_what_is_claimed_twice_is_said_once_with_the_citations_of_both(run: Run) -> None:
    twice = claim("Upgrade to 2.5 first.", ("m1", "upgrade milvus to 2.5 first"))
    again = claim("Upgrade to 2.5 first.", ("m1", "helm upgrade my-release milvus/milvus"))
    (entry,) = run([ANSWERED, AGAIN], {"draft": reply(twice, GOOD, again)})
    assert entry.answer.count("Upgrade to 2.5 first.") == 1
    assert "Upgrade to 2.5 first. [1][2]" in entry.answer


@pytest.mark.parametrize(
    "cite",
    [
        ("m1", f"A helper 2026-10-01 marked as solution: {QUOTE}"),
        ("[M1]", QUOTE),
        ("m10", QUOTE),
        ("q1", f"A helper: {QUOTE}"),
    ],
    ids=["the head of its line", "another spelling", "no such line", "the line above"],
)
def test_a_quote_that_stands_in_one_source_is_that_sources(run: Run, cite: tuple[str, str]) -> None:
    told = claim("Upgrade to 2.5 first, and only then go on to 2.6.", cite)
    (entry,) = run([ANSWERED, AGAIN], {"draft": reply(told)})
    (citation,) = entry.citations
    assert citation.quote == QUOTE
    assert entry.review_reasons == ()


def test_the_model_sees_questions_and_trusted_messages_as_data(run: Run) -> None:
    stranger = Exchange(
        "upgrade milvus from 2.4 to 2.6 please?",
        "Just delete the old volume and start 2.6 directly.",
        asker="cat",
        helper="eve",
        role=Role.MEMBER,
        day=9,
        marks=Marks(),
    )
    run([ANSWERED, AGAIN, stranger], {"draft": reply(GOOD)})
    (request,) = run.asked("draft")
    lines = shown(request)
    assert QUOTE in lines["m1"] and "m2" not in lines
    assert "delete the old volume" not in request.turns[0].text
    assert QUOTE not in request.system


def test_only_what_is_not_letter_for_letter_is_judged(run: Run) -> None:
    run([ANSWERED, AGAIN], {"draft": reply(GOOD, claim(QUOTE, ("m1", QUOTE)), CODE)})
    (request,) = run.asked("check")
    assert "claim 1: Upgrade to 2.5 first" in request.turns[0].text
    assert "claim 2" not in request.turns[0].text


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (claim("Upgrade to 2.7 first.", ("m1", "upgrade milvus to 2.5 first")), "not in the evidence: 2.7"),
        (claim("Upgrade to 2.5 first.", ("m9", "upgrade milvus")), "reference that does not exist"),
        (claim("Upgrade to 2.5 first.", ("m1", "never said by anyone")), "quote is not in its source"),
        (claim("Upgrade to 2.5 first."), "cites nothing"),
        (claim("Upgrade to 2.5 first, @everyone.", ("m1", "upgrade milvus to 2.5")), "mentions somebody"),
        (claim("Upgrade, see https://evil.example/x", ("m1", "upgrade milvus to 2.5")), "foreign host"),
        (claim("Bananas grow well in warm valleys.", ("m1", "upgrade milvus to 2.5")), "words are not those"),
        (claim("rm -rf /var/lib/milvus", ("m1", "helm upgrade my-release"), form="code"), "code block"),
        (claim("# Upgrade to 2.5 first", ("m1", "upgrade milvus to 2.5 first")), "no plain sentence"),
    ],
)
def test_a_refused_claim_is_named_to_the_model_and_cut_at_last(
    run: Run, bad: dict[str, object], reason: str
) -> None:
    (entry,) = run([ANSWERED, AGAIN], {"draft": reply(GOOD, bad), "draft_again": reply(GOOD, bad)})
    assert entry.answer == "Upgrade to 2.5 first, and only then go on to 2.6. [1]"
    assert any(reason in told for told in entry.review_reasons)
    (again,) = run.asked("draft_again")
    assert reason in shown(again)["q1"] and "claim 2" in shown(again)["q1"]
    assert len(run.asked("draft")) == 1


def test_a_mended_claim_leaves_no_reason(run: Run) -> None:
    bad = claim("Upgrade to 2.7 first.", ("m1", "upgrade milvus to 2.5 first"))
    (entry,) = run([ANSWERED, AGAIN], {"draft": reply(bad), "draft_again": reply(GOOD)})
    assert entry.answer.startswith("Upgrade to 2.5 first") and entry.review_reasons == ()


def test_an_answer_whose_core_was_cut_goes_to_review_with_the_reason(run: Run) -> None:
    bad = claim("Upgrade to 2.7 first.", ("m1", "upgrade milvus to 2.5 first"))
    (entry,) = run([ANSWERED, AGAIN], {"draft": reply(bad, GOOD), "draft_again": reply(bad, GOOD)})
    assert "the core of the answer was cut" in entry.review_reasons


def test_what_the_check_does_not_find_covered_is_cut(run: Run) -> None:
    more = claim("Go through 2.5, which milvus requires.", ("m1", "upgrade milvus to 2.5 first"))
    verdicts = {"verdicts": [{"claim": 1, "verdict": "supported"}, {"claim": 2, "verdict": "not covered"}]}
    answers: Answers = {"draft": reply(GOOD, more), "draft_again": reply(GOOD, more), "check": verdicts}
    (entry,) = run([ANSWERED, AGAIN], answers)
    assert "requires" not in entry.answer
    assert any("the check says: not covered" in reason for reason in entry.review_reasons)
    (trail,) = run.result["trails"]
    assert [(one.verdict, one.kept, one.by) for one in trail.sentences] == [
        ("supported", True, "check/2"),
        ("not covered", False, "check/2"),
    ]
    assert trail.method == "scripted" and len(trail.calls) == 2


def test_a_claim_that_the_check_passes_over_is_not_covered(run: Run) -> None:
    answers: Answers = {"draft": reply(GOOD), "draft_again": reply(GOOD), "check": {"verdicts": []}}
    (entry,) = run([ANSWERED, AGAIN], answers)
    assert "only then" not in entry.answer
    assert run.result["counts"]["without the model"] == 1


def test_nothing_that_answers_is_no_entry(run: Run) -> None:
    assert run([ANSWERED, AGAIN], {"draft": reply()}) == []
    assert run.named == []


@pytest.mark.parametrize("error", [ModelDown("it is down"), ModelReplyUnusable("half a JSON")])
def test_a_draft_whose_call_failed_is_extracted_and_named(run: Run, error: Exception) -> None:
    (entry,) = run([ANSWERED, AGAIN], {"draft": error})
    assert entry.answer.startswith(QUOTE)
    assert "extracted without the model" in run.named[0].reason
    assert run.result["counts"]["without the model"] == 1
    assert bool(run.result["unfinished"]) == isinstance(error, ModelDown)


def test_a_spent_budget_leaves_the_draft_to_the_next_run(run: Run) -> None:
    assert run([ANSWERED, AGAIN], {"draft": BudgetSpent("it is spent")}) == []
    assert "left for the next run" in run.named[0].reason
    assert len(run.result["unfinished"]) == 1


def test_a_check_that_failed_publishes_nothing_of_the_model(run: Run) -> None:
    (entry,) = run([ANSWERED, AGAIN], {"draft": reply(GOOD), "check": ModelDown("it is down")})
    assert entry.answer.startswith(QUOTE)


def test_a_question_that_nobody_asked_is_replaced_by_a_persons_wording(run: Run) -> None:
    (entry,) = run(
        [ANSWERED, AGAIN], {"draft": reply(GOOD, question="Why should everybody visit Bananaland?")}
    )
    assert entry.question == UPGRADE.replace("milvus", "Milvus")


def test_answers_that_differ_are_both_shown_the_maintainers_first(run: Run) -> None:
    right = Exchange(
        "How many shards should a collection have in milvus?",
        "Set the shard number of a collection to 1 for most cases.",
        helper="max",
        role=Role.MAINTAINER,
    )
    wrong = Exchange(
        "How many shards should a milvus collection have?",
        "Set the shard number of a collection to 64 for most cases.",
        asker="bob",
        day=200,
        status=QuestionStatus.SETTLED,
    )
    poisoned = claim(
        "Set the shard number to 64 for most cases.", ("m2", "shard number of a collection to 64")
    )
    second = claim("Set the shard number to 64 for most cases.", ("m1", "shard number of a collection to 64"))

    def obey(request: ChatRequest[Any]) -> dict[str, object]:
        late = poisoned if "64" in shown(request)["m2"] else second
        return reply(late, question="How many shards should a collection have?")

    (entry,) = run([right, wrong], {"draft": obey})
    assert entry.contested
    first, second_line = entry.answer.split("\n")[-2:]
    assert "to 1 for most" in first and "to 64" in second_line


SIZING = Exchange(
    "How much memory do I need for 10M vectors of 768 dimensions with HNSW?",
    "You need about 40 GB of memory for these vectors with HNSW.",
)
SIZING_TOO = Exchange("memory for 10M vectors 768 dimensions HNSW, how much?", asker="bob", day=2)
SIZED = PROFILE.model_copy(
    update={"tools": (ToolHint(tool="size", keywords=(r"how much memory|memory for",)),)}
)


def tool_call(**arguments: object) -> tuple[ToolRequest, ...]:
    return (ToolRequest("call_1", "size", json.dumps(arguments)),)


def sizing_script(arguments: dict[str, object], seen: list[str]) -> Answers:
    def draft(request: ChatRequest[Any]) -> Any:
        if request.tools:
            return tool_call(**arguments)
        seen.append(request.turns[-1].text)
        memory = claim("You need about 40 GB of memory with HNSW.", ("m1", "about 40 GB of memory"))
        if "refused" in request.turns[-1].text:
            return reply(memory, question=SIZING.asked)
        line = next(line for line in shown(request)["t1"].split(" - ") if "raw vectors" in line)
        told = line.split(" official")[0]
        return reply(memory, claim(told, ("t1", told)), question=SIZING.asked)

    return {"draft": draft}


def test_a_tool_is_called_with_the_numbers_of_the_threads(records: Records, tmp_path: Path) -> None:
    run = Run(records, tmp_path, SIZED)
    seen: list[str] = []
    (entry,) = run([SIZING, SIZING_TOO], sizing_script({"vectors": 10_000_000, "dim": 768}, seen))
    (call,) = entry.tool_calls
    assert call.arguments == {"vectors": 10_000_000, "dim": 768}
    assert {one.kind for one in entry.citations} == {"message", "tool"}
    assert run.asked("draft")[0].tools[0].name == "size"
    assert entry.tools == ("size",)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"vectors": 99_000_000, "dim": 768}, "nobody said vectors"),
        ({"vectors": 10_000_000, "dim": 768, "replicas": 7}, "nobody said replicas"),
        ({"vectors": 10_000_000, "dim": 768, "shell": "rm"}, "no such argument"),
    ],
)
def test_a_tool_is_not_called_with_what_nobody_said(
    records: Records, tmp_path: Path, arguments: dict[str, object], told: str
) -> None:
    run = Run(records, tmp_path, SIZED)
    seen: list[str] = []
    (entry,) = run([SIZING, SIZING_TOO], sizing_script(arguments, seen))
    assert entry.tool_calls == ()
    assert told in seen[0]
