"""Whatever is wrong with an endpoint, the run ends well: retried where it helps, else without the model.

The table of all cases is made by `benchmarks/model_faults.py`.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from threadlore.testing.faults import Status

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "model_faults.py"
MATRIX: dict[str, Any] = runpy.run_path(str(SCRIPT))
CONVERSATIONS, ENTRIES = 9, 3


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
