"""Merging drafts with what the FAQ has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.agents.forum import NOW, context_of
from threadlore import review
from threadlore.agents.librarian import merge_entries
from threadlore.store.records import Records
from threadlore.types import Citation, EntryOrigin, EntryState, FaqEntry

LATER = NOW + timedelta(days=1)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path / "data")
    yield opened
    opened.close()


def draft(key: str = "e_1", topic: str = "t_1", **fields: object) -> FaqEntry:
    values: dict[str, object] = {
        "question": "How do I upgrade Milvus?",
        "answer": "Stop it first. [1]",
        "citations": (Citation(source_id="m1", kind="message", quote="Stop it first."),),
        "question_ids": ("q1",),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return FaqEntry.model_validate({"id": key, "topic_id": topic} | values | fields)


def other_answer(key: str = "e_1", **fields: object) -> FaqEntry:
    quote = Citation(source_id="m2", kind="message", quote="Back up before that.")
    return draft(key, "t_1", answer="Back up before that. [1]", citations=(quote,), **fields)


def merge(records: Records, folder: Path, *entries: FaqEntry) -> dict[str, int]:
    return asyncio.run(merge_entries(context_of(records, folder), entries))


def test_a_new_draft_comes_in_once(records: Records, tmp_path: Path) -> None:
    assert merge(records, tmp_path, draft()) == {"new": 1}
    assert merge(records, tmp_path, draft()) == {"unchanged": 1}
    assert records.entries() == [draft()]


def test_a_draft_nobody_touched_is_renewed_in_place(records: Records, tmp_path: Path) -> None:
    merge(records, tmp_path, draft())
    assert merge(records, tmp_path, other_answer(key="e_2")) == {"renewed": 1}
    (entry,) = records.entries()
    assert (entry.id, entry.answer) == ("e_1", "Back up before that. [1]")


def test_an_approved_entry_gets_a_proposal_never_a_double(records: Records, tmp_path: Path) -> None:
    merge(records, tmp_path, draft())
    review.approve(records, "e_1", LATER)
    assert merge(records, tmp_path, draft()) == {"unchanged": 1}
    assert merge(records, tmp_path, other_answer(question_ids=("q1", "q2"))) == {"proposed": 1}
    (entry,) = records.entries()
    assert entry.answer == "Stop it first. [1]"
    assert [one.answer for one in review.pending(entry)] == ["Back up before that. [1]"]
    assert entry.question_ids == ("q1", "q2")
    assert merge(records, tmp_path, other_answer()) == {"unchanged": 1}
    assert records.entries() == [entry]


def test_a_proposal_that_was_turned_down_never_comes_again(records: Records, tmp_path: Path) -> None:
    merge(records, tmp_path, draft())
    review.approve(records, "e_1", LATER)
    merge(records, tmp_path, other_answer())
    review.reject_revision(records, "e_1", LATER)
    assert merge(records, tmp_path, other_answer()) == {"unchanged": 1}
    assert review.pending(records.entries()[0]) == ()


def test_rejected_stays_rejected(records: Records, tmp_path: Path) -> None:
    merge(records, tmp_path, draft())
    review.reject(records, "e_1", LATER)
    before = records.entries()
    assert merge(records, tmp_path, other_answer(), draft("e_9", "t_9")) == {"rejected": 2}
    assert records.entries() == before


def test_an_edited_draft_is_only_added_to_by_proposal(records: Records, tmp_path: Path) -> None:
    merge(records, tmp_path, draft())
    review.edit(records, "e_1", review.Change(answer="Stop it, says a person. [1]"), LATER)
    assert merge(records, tmp_path, other_answer()) == {"proposed": 1}
    (entry,) = records.entries()
    assert entry.answer == "Stop it, says a person. [1]"
    (proposal,) = review.pending(entry)
    assert proposal.answer == "Stop it, says a person. [1]\n\nBack up before that. [2]"
    assert [one.source_id for one in proposal.citations] == ["m1", "m2"]


def test_a_curated_entry_that_asks_the_same_takes_the_threads_as_a_proposal(
    records: Records, tmp_path: Path
) -> None:
    curated = draft(
        "upgrade", answer="Read the guide.", citations=(), origin=EntryOrigin.CURATED, state="approved"
    ).model_copy(update={"topic_id": None})
    records.save_entries([curated])
    found = draft(question="how do i upgrade milvus", paraphrases=("Milvus upgrade steps?",))
    assert merge(records, tmp_path, found) == {"proposed": 1}
    (entry,) = records.entries()
    assert entry.answer == "Read the guide."
    (proposal,) = review.pending(entry)
    assert proposal.answer == "Read the guide.\n\nStop it first. [1]"
    assert proposal.paraphrases == ("Milvus upgrade steps?",)
    accepted = review.accept_revision(records, "upgrade", LATER)
    assert accepted.state is EntryState.APPROVED
    assert merge(records, tmp_path, found) == {"unchanged": 1}


def test_two_topics_that_ask_the_same_make_one_draft(records: Records, tmp_path: Path) -> None:
    twin = draft("e_2", "t_2", question="how do I upgrade milvus", question_ids=("q2", "q3"))
    merge(records, tmp_path, draft(), twin)
    (entry,) = records.entries()
    assert set(entry.question_ids) == {"q1", "q2", "q3"}
    before = records.entries()
    merge(records, tmp_path, draft(), twin)
    assert records.entries() == before


def test_a_contradiction_is_flagged_for_a_person(records: Records, tmp_path: Path) -> None:
    quote = Citation(source_id="m1", kind="message", quote="Milvus Lite runs on Windows hosts.")
    records.save_entries(
        [draft(answer="Milvus Lite does not run on Windows hosts.", citations=(), state="approved")]
    )
    merge(records, tmp_path, draft(answer="Milvus Lite runs on Windows hosts. [1]", citations=(quote,)))
    (entry,) = records.entries()
    assert entry.contested
    assert entry.review_reasons


def test_an_entry_merged_by_a_person_stays_merged(records: Records, tmp_path: Path) -> None:
    records.save_entries([draft(), draft("e_2", "t_2", question="Something else entirely?")])
    review.merge(records, "e_1", "e_2", LATER)
    merge(records, tmp_path, other_answer())
    gone = next(one for one in records.entries() if one.id == "e_1")
    assert gone.merged_into == "e_2"
