"""What a person does with entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from threadlore import review
from threadlore.errors import BadInput, NotFound
from threadlore.store.records import Records
from threadlore.types import AppliesTo, EntryState, FaqEntry, Revision, Visibility

AT = datetime(2026, 3, 2, tzinfo=UTC)
LATER = datetime(2026, 4, 2, tzinfo=UTC)
PROPOSAL = Revision(
    id="r_1", question="How do I upgrade?", answer="Back up first.", paraphrases=("upgrading",),
    reason="threads say more", by="analysis", at=AT,
)  # fmt: skip


def entry(key: str, **fields: object) -> FaqEntry:
    values: dict[str, object] = {"question": "How do I upgrade?", "answer": "Stop it.", "created_at": AT}
    return FaqEntry.model_validate({"id": key, "updated_at": AT} | values | fields)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Records]:
    records = Records(tmp_path)
    yield records
    records.close()


def test_the_queue_is_ranked_by_askers_then_by_what_aged() -> None:
    old = AppliesTo(last_date=date(2020, 1, 1))
    entries = [
        entry("quiet"),
        entry("asked"),
        entry("stale", state="stale"),
        entry("old", applies_to=old),
        entry("done", state="approved"),
        entry("gone", state="rejected"),
        entry("merged", merged_into="done"),
        entry("proposal", state="approved", revisions=(PROPOSAL,)),
    ]
    queue = review.review_queue(entries, {"asked": 5})
    assert [one.id for one in queue] == ["asked", "proposal", "stale", "quiet", "old"]


def test_approving_makes_an_answer_and_keeps_what_was_overruled(desk: Records) -> None:
    desk.save_entries([entry("a", review_reasons=("aged fact x",))])
    approved = review.approve(desk, "a", LATER, "mia")
    assert approved.state is EntryState.APPROVED
    assert approved.checked_at == LATER.date()
    assert approved.review_reasons == ()
    assert review.overruled(approved, "aged fact x")
    assert not review.overruled(approved, "aged fact y")
    assert desk.entries() == [approved]


def test_an_edit_is_an_accepted_revision_beside_the_replaced_text(desk: Records) -> None:
    desk.save_entries([entry("a", state="approved")])
    edited = review.edit(desk, "a", review.Change(answer="Back up, then stop it."), LATER)
    assert edited.answer == "Back up, then stop it."
    assert edited.state is EntryState.APPROVED
    assert [(one.answer, one.state) for one in edited.revisions] == [
        ("Stop it.", "rejected"),
        ("Back up, then stop it.", "accepted"),
    ]
    assert review.edit(desk, "a", review.Change(answer=edited.answer), LATER) == edited


def test_an_overruled_reason_stands_again_after_an_edit(desk: Records) -> None:
    desk.save_entries([entry("a", review_reasons=("aged fact x",))])
    review.approve(desk, "a", LATER)
    edited = review.edit(desk, "a", review.Change(answer="Something else."), LATER)
    assert not review.overruled(edited, "aged fact x")


def test_merging_moves_wordings_and_askers(desk: Records) -> None:
    desk.save_entries(
        [entry("a", question="Upgrade?", question_ids=("q1",)), entry("b", question_ids=("q2",))]
    )
    merged = review.merge(desk, "a", "b", LATER)
    assert merged.paraphrases == ("Upgrade?",)
    assert merged.question_ids == ("q2", "q1")
    gone = next(one for one in desk.entries() if one.id == "a")
    assert (gone.merged_into, gone.state) == ("b", EntryState.REJECTED)
    with pytest.raises(BadInput):
        review.approve(desk, "a", LATER)
    with pytest.raises(BadInput):
        review.merge(desk, "b", "a", LATER)


def test_private_words_do_not_join_a_public_entry(desk: Records) -> None:
    desk.save_entries([entry("a", question="Secret?", visibility=Visibility.PRIVATE), entry("b")])
    assert review.merge(desk, "a", "b", LATER).paraphrases == ()


def test_rejecting_closes_the_proposals_too(desk: Records) -> None:
    desk.save_entries([entry("a", revisions=(PROPOSAL,))])
    rejected = review.reject(desk, "a", LATER, "off topic")
    assert rejected.state is EntryState.REJECTED
    assert review.pending(rejected) == ()


def test_accepting_takes_over_the_proposal(desk: Records) -> None:
    desk.save_entries([entry("a", state="approved", revisions=(PROPOSAL,))])
    accepted = review.accept_revision(desk, "a", LATER)
    assert (accepted.answer, accepted.paraphrases) == ("Back up first.", ("upgrading",))
    assert accepted.state is EntryState.APPROVED
    assert review.pending(accepted) == ()
    with pytest.raises(NotFound):
        review.accept_revision(desk, "a", LATER)


def test_turning_a_proposal_down_keeps_the_entry(desk: Records) -> None:
    desk.save_entries([entry("a", state="approved", revisions=(PROPOSAL,))])
    kept = review.reject_revision(desk, "a", LATER, "r_1")
    assert kept.answer == "Stop it."
    assert [one.state for one in kept.revisions] == ["rejected"]


def test_entries_are_found_by_the_beginning_of_their_id() -> None:
    entries = [entry("e_12"), entry("e_13")]
    assert review.find_entry(entries, "e_12").id == "e_12"
    with pytest.raises(BadInput):
        review.find_entry(entries, "e_")
    for missing in ("", "x"):
        with pytest.raises(NotFound):
            review.find_entry(entries, missing)


def test_an_entry_without_an_answer_cannot_be_approved(desk: Records) -> None:
    desk.save_entries([entry("a", answer=" ")])
    with pytest.raises(BadInput):
        review.approve(desk, "a", LATER)


def test_an_id_that_a_narrow_table_cut_is_found() -> None:
    found = review.find_entry([entry("e_0123456789abcdef")], "e_0123456789…")
    assert found.id == "e_0123456789abcdef"
