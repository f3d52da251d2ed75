"""Statements that were true only for a range of versions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.agents.forum import NOW, PROFILE
from threadlore import review
from threadlore.agents.grounding.facts import applies_from, check_facts, review_aged, version_key
from threadlore.store.records import Records
from threadlore.types import AgedFact, AppliesTo, EntryState, FaqEntry

FACT = AgedFact(
    id="windows",
    statement="Lite does not run on Windows.",
    pattern=r"lite\b.{0,40}\bnot\b.{0,20}windows",
    until="2.5",
    replacement="Lite 3.0 runs on Windows.",
    source="https://example.org",
    checked=date(2026, 8, 1),
)
AGED = PROFILE.model_copy(update={"facts": (FACT,), "current_version": "3.0"})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Records]:
    records = Records(tmp_path)
    yield records
    records.close()


def entry(answer: str, until: str | None = None) -> FaqEntry:
    return FaqEntry(
        id="a",
        question="Does Lite run on Windows?",
        answer=answer,
        applies_to=AppliesTo(until=until),
        state=EntryState.APPROVED,
        created_at=NOW,
        updated_at=NOW,
    )


def test_versions_are_ordered_by_their_numbers() -> None:
    ordered = ["2.2", "2.6.0-rc1", "2.6.0", "2.6.9", "v2.6.10", "2.10", "3.0"]
    assert sorted(reversed(ordered), key=version_key) == ordered
    assert applies_from(["2.10", "v2.9", ""]) == ("2.9", "2.10")
    assert applies_from([]) == (None, None)


@pytest.mark.parametrize(
    ("text", "until", "met"),
    [
        ("Lite does not work on Windows.", None, True),
        ("Lite does not work on Windows.", "2.5", False),
        ("Lite does not work on Windows.", "2.5.9", False),
        ("Lite does not work on Windows.", "2.10", True),
        ("Lite runs on Windows.", None, False),
        ("Until 2.5, Lite did not run on Windows.", None, False),
        ("Before 3.0, Lite did not run on Windows.", None, False),
    ],
)
def test_an_ended_fact_is_met_where_it_no_longer_holds(text: str, until: str | None, met: bool) -> None:
    assert bool(check_facts(AGED, text, AppliesTo(until=until))) is met


def test_an_approved_entry_that_aged_is_no_answer_until_a_person_looked(desk: Records) -> None:
    desk.save_entries([entry("Lite does not work on Windows.")])
    (found,) = review_aged(desk, AGED, NOW)
    assert desk.entries() == [found]
    assert found.state is EntryState.STALE
    assert "Lite 3.0 runs on Windows." in found.review_reasons[0]
    assert review_aged(desk, AGED, NOW) == [found]
    review.approve(desk, "a", NOW)
    assert review_aged(desk, AGED, NOW) == []


def test_an_entry_for_old_versions_stays_an_answer(desk: Records) -> None:
    desk.save_entries([entry("Lite does not work on Windows.", until="2.5")])
    assert review_aged(desk, AGED, NOW) == []
    assert desk.entries()[0].state is EntryState.APPROVED
