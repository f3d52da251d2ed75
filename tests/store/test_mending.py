"""What is left of an entry when its evidence is deleted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.builders import a_citation, a_message, an_entry, at
from threadlore.store.mending import Deleted, mend_entry, without_marks
from threadlore.types import EntryOrigin, EntryState, Revision

FIRST, SECOND = a_message("1", "Set nlist to 1024 first."), a_message("2", "Then load the collection.")
GONE = Deleted.of([FIRST.id], [FIRST.text])


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("One. [1] Two. [2]", "Two. [1]"),
        ("One [1][2] Two [2]", "Two [1]"),
        ("- One [1]\n- Two [2]\n", "- Two [1]"),
        ("1. One [1]\n2. Two\n   more [2]", "2. Two\n   more [1]"),
        ("Run:\n\n```sh\na\n\nb\n```\n\n[1]\n\nTwo [2]", "Run:\n\nTwo [1]"),
        ("```sh\na[1]\n```\n\n[2]\n\nOne [1]", "```sh\na[1]\n```\n\n[1]"),
        ("One [1]", ""),
    ],
)
def test_what_cites_a_fallen_number_goes_and_the_rest_is_renumbered(answer: str, left: str) -> None:
    if "a[1]" not in answer:
        assert without_marks(answer, frozenset({1})) == left


@given(st.lists(st.tuples(st.text("ab c-`*", max_size=12), st.integers(1, 4)), max_size=6))
def test_no_text_before_a_fallen_mark_is_left(parts: list[tuple[str, int]]) -> None:
    answer = "".join(f"x{number}x{text} [{number}] " for text, number in parts)
    if "```" not in answer:
        assert "x2x" not in without_marks(answer, frozenset({2}))


def test_an_entry_loses_the_sentence_and_stays_when_its_core_stands() -> None:
    entry = an_entry(
        question="How do I load?",
        answer="Set nlist. [1] Then load. [2]",
        citations=(a_citation(FIRST, "Set nlist"), a_citation(SECOND, "load")),
        core=(1,),
    )
    after = mend_entry(entry, GONE, [])
    assert after is not None
    assert (after.answer, after.core, after.state) == ("Then load. [1]", (0,), EntryState.APPROVED)
    assert after.citations == entry.citations[1:]
    assert after.review_reasons


def test_an_approved_entry_turns_stale_when_its_core_fell() -> None:
    entry = an_entry(
        answer="Set nlist. [1] Then load. [2]",
        citations=(a_citation(FIRST, "Set nlist"), a_citation(SECOND, "load")),
        core=(0,),
    )
    after = mend_entry(entry, GONE, [])
    assert after is not None
    assert after.state is EntryState.STALE


def test_a_draft_that_loses_everything_is_deleted() -> None:
    entry = an_entry(answer="Set nlist. [1]", citations=(a_citation(FIRST, "x"),), state=EntryState.DRAFT)
    assert mend_entry(entry, GONE, []) is None


def test_a_phrasing_taken_from_the_deleted_goes_unless_somebody_else_asked_the_same() -> None:
    entry = an_entry(question="set nlist to 1024 first?", paraphrases=("Load a collection",))
    after = mend_entry(entry, GONE, [])
    assert after is not None
    assert (after.question, after.paraphrases) == ("Load a collection", ())
    kept = mend_entry(entry, GONE, ["Should I set nlist to 1024 first?"])
    assert kept is not None
    assert kept.question == entry.question


def test_a_curated_entry_keeps_its_wording() -> None:
    entry = an_entry(question="Set nlist to 1024 first", origin=EntryOrigin.CURATED)
    assert mend_entry(entry, GONE, []) == entry


def test_a_revision_that_quotes_the_deleted_goes() -> None:
    revision = Revision(
        id="r",
        question="Q",
        answer="A [1]",
        citations=(a_citation(FIRST, "x"),),
        reason="",
        by="run",
        at=at(0),
    )
    after = mend_entry(an_entry(revisions=(revision,)), GONE, [])
    assert after is not None
    assert after.revisions == ()
