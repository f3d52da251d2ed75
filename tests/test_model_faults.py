"""Whatever is wrong with an endpoint, the run ends well: retried where it helps, else without the model.

The tables of all cases are made by `benchmarks/model_faults.py`.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from threadlore.testing.faults import Fault, Status

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "model_faults.py"
MATRIX: dict[str, Any] = runpy.run_path(str(SCRIPT))
CONVERSATIONS, ENTRIES = 9, 3
ITEMS = {"distil": 9, "label": 3, "draft": 3, "check": 3, "librarian": 1, "analyst": 1}
"""What each node of the analysis asks the model about."""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the made-up forum, not yet analysed."""
    folder: Path = MATRIX["prepared"](tmp_path_factory.mktemp("faults"))
    return folder


@pytest.fixture
def validator(request: pytest.FixtureRequest) -> Any:
    """OpenAI's specification, where it is on this machine."""
    try:
        return request.getfixturevalue("openai_specification")
    except pytest.skip.Exception:
        return None


@pytest.mark.parametrize("name", MATRIX["FAULTS"])
def test_a_fault_that_passes_costs_nothing(pristine: Path, validator: Any, name: str) -> None:
    row, then = MATRIX["tried"](pristine, MATRIX["FAULTS"][name], always=False, validator=validator)
    assert row.read == (CONVERSATIONS, 0)
    assert (row.by_model, row.extracted) == (ENTRIES, 0)
    assert row.run.skipped == ()
    assert row.run.error is None
    assert then.requests == 0


@pytest.mark.parametrize("name", MATRIX["FAULTS"])
def test_a_fault_that_stays_leaves_the_extractive_way_by_name(
    pristine: Path, validator: Any, name: str
) -> None:
    row, then = MATRIX["tried"](pristine, MATRIX["FAULTS"][name], always=True, validator=validator)
    assert row.run.error is None
    assert row.read == (0, CONVERSATIONS)
    assert (row.by_model, row.extracted) == (0, ENTRIES)
    reasons = [skipped.reason for skipped in row.run.skipped]
    assert sum("read without the model" in reason for reason in reasons) == CONVERSATIONS
    assert sum("extracted without the model" in reason for reason in reasons) == ENTRIES
    if name in MATRIX["NEVER_KEPT"]:
        assert then.read == (CONVERSATIONS, 0)
        assert then.by_model == ENTRIES
    else:
        assert then.requests == 0, "what the model said was paid for: it is not asked again"


@pytest.mark.parametrize("nodes", MATRIX["TOGETHER"], ids=" and ".join)
@pytest.mark.parametrize("name", MATRIX["FAULTS"])
def test_a_node_whose_calls_fail_does_without_the_model_by_name(
    pristine: Path, validator: Any, name: str, nodes: tuple[str, ...]
) -> None:
    broken, mended = MATRIX["tried_at"](pristine, nodes, MATRIX["FAULTS"][name], validator)
    assert broken.run.error is None
    extracted = ENTRIES if {"draft", "check"} & set(nodes) else 0
    assert (broken.by_model, broken.extracted) == (ENTRIES - extracted, extracted)
    for node in nodes:
        assert broken.asked[node] > 0
        assert broken.without(node) == broken.named(node) == ITEMS[node]
        again = name in MATRIX["NEVER_KEPT"] and node != "librarian"
        assert bool(mended.asked[node]) == again, "what never came is asked for again, what was paid is not"
    given_up = nodes == ("draft",) and name in MATRIX["NEVER_KEPT"]
    hurt = (*nodes, "librarian", "analyst") if given_up else nodes
    assert len(broken.run.skipped) == sum(ITEMS[node] for node in hurt), "three unanswered calls are enough"


@pytest.mark.parametrize("node", ["answer", "check"])
@pytest.mark.parametrize("name", MATRIX["FAULTS"])
def test_a_question_whose_calls_fail_is_answered_by_the_reviewed_entry_and_says_why(
    pristine: Path, validator: Any, name: str, node: str
) -> None:
    said, endpoint = MATRIX["asked_with"](pristine, node, MATRIX["FAULTS"][name], validator)
    assert (said.kind, said.text) == ("answered", MATRIX["STANDS"])
    assert said.model_failed
    assert endpoint.requests and not endpoint.violations


def test_a_question_whose_calls_succeed_is_answered_by_the_model(pristine: Path, validator: Any) -> None:
    said, endpoint = MATRIX["asked_with"](pristine, "answer", Fault(), validator)
    assert said.text == "Restart the exporter with export.keep at 12. [1]"
    assert said.model_failed == ""
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("node", ["distil", "label", "draft", "analyst"])
def test_another_language_at_a_node_that_words_something_is_not_taken(pristine: Path, node: str) -> None:
    broken, _ = MATRIX["tried_at"](pristine, (node,), None)
    assert broken.run.error is None
    assert broken.without(node) == broken.named(node) == ITEMS[node]
    assert "代理" not in broken.run.model_dump_json()


def test_an_answer_in_another_language_than_its_source_is_not_given(pristine: Path) -> None:
    said, _ = MATRIX["asked_with"](pristine, "answer", None)
    assert said.text == MATRIX["STANDS"]
    assert said.model_failed


def test_what_a_server_repeats_of_the_text_is_not_kept_in_the_run(pristine: Path) -> None:
    repeats = Status(400, "cannot read: my name is Ann and I live in Exampleville")
    row, then = MATRIX["tried"](pristine, repeats, always=True)
    assert (row.read, row.extracted) == ((0, CONVERSATIONS), ENTRIES)
    assert "Ann" not in row.run.model_dump_json()
    assert then.by_model == ENTRIES, "what was refused unread is asked again"


def test_an_address_where_nothing_listens_is_given_up_soon_and_tried_the_next_time(pristine: Path) -> None:
    row, then = MATRIX["down"](pristine)
    assert (row.read, row.extracted) == ((0, CONVERSATIONS), ENTRIES)
    assert then.by_model == ENTRIES


def test_another_language_than_was_asked_in_is_not_taken(pristine: Path) -> None:
    row, _ = MATRIX["tried"](pristine, None, always=True, rule=MATRIX["in_chinese"])
    assert row.read == (0, CONVERSATIONS)
    assert row.by_model == 0
    assert row.extracted == ENTRIES
