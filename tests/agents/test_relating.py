"""The librarian with a model: it chooses among candidates, and changes nothing that a person approved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.agents.forum import NOW, Exchange, context_of, fill
from tests.agents.modelling.scripted import with_model
from threadlore.agents.contesting import ANSWERS_DIFFER
from threadlore.agents.grounding.citations import CONTESTED_NOTE
from threadlore.agents.librarian import CONTESTS, merge_entries
from threadlore.calls import EntryTrail
from threadlore.errors import ModelDown
from threadlore.store.records import Records
from threadlore.types import AppliesTo, Citation, EntryOrigin, EntryState, FaqEntry, Skipped

ASKED = "How many shards should a collection have?"
LIKE = "How many shards should one collection have at most?"
ONE, MANY = "Give a collection 1 shard.", "Give a collection 64 shards."


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path / "data")
    yield opened
    opened.close()


def entry(key: str, question: str, answer: str, message: str, **more: Any) -> FaqEntry:
    made = FaqEntry(
        id=key,
        question=question,
        answer=f"{answer} [1]",
        citations=(Citation(source_id=message, kind="message", quote=answer),),
        core=(0,),
        created_at=NOW,
        updated_at=NOW,
    )
    return made.model_copy(update=more)


class Desk:
    """One draft put beside one entry, with a model that says how they stand."""

    def __init__(self, records: Records, folder: Path) -> None:
        self.records = records
        self.folder = folder
        fill(records, [Exchange(ASKED, ONE), Exchange(LIKE, MANY, asker="bob", day=200)])
        self.known = entry(
            "e_known",
            ASKED,
            ONE,
            "test:forum/0a",
            applies_to=AppliesTo(since="2.3", until="2.3", last_date=date(2026, 3, 1)),
        )
        self.draft = entry(
            "e_new",
            LIKE,
            MANY,
            "test:forum/1a",
            applies_to=AppliesTo(since="2.6", until="2.6", last_date=date(2026, 9, 17)),
        )
        self.named: list[Skipped] = []

    def __call__(self, reply: Any, **known: Any) -> tuple[dict[str, int], dict[str, FaqEntry]]:
        self.records.save_entries([self.known.model_copy(update=known)])
        bare = context_of(self.records, self.folder)
        context, _, self.named = with_model(bare, {"librarian": reply})
        trail = EntryTrail(entry_id="e_new", run_id="run_1", method="scripted", at=NOW)
        counts = asyncio.run(merge_entries(context, [self.draft], [trail]))
        return counts, {one.id: one for one in self.records.entries()}


@pytest.fixture
def desk(records: Records, tmp_path: Path) -> Desk:
    return Desk(records, tmp_path)


def says(relation: str, entry: int = 1, draft: int = 1) -> dict[str, Any]:
    return {"relations": [{"draft": draft, "relation": relation, "entry": entry}]}


def test_a_question_that_is_new_becomes_an_entry_beside_the_other(desk: Desk) -> None:
    counts, entries = desk(says("new", 0))
    assert counts == {"new": 1} and set(entries) == {"e_known", "e_new"}


def test_the_same_question_joins_the_draft_that_is_there(desk: Desk) -> None:
    counts, entries = desk(says("same"))
    assert counts == {"renewed": 1} and set(entries) == {"e_known"}


def test_to_an_approved_entry_it_is_only_proposed(desk: Desk) -> None:
    counts, entries = desk(says("same"), state=EntryState.APPROVED)
    assert counts == {"proposed": 1}
    assert entries["e_known"].answer == f"{ONE} [1]"
    assert entries["e_known"].revisions[0].state == "proposed"


def test_answers_that_contradict_are_both_shown_with_date_and_version(desk: Desk) -> None:
    _, entries = desk(says("contradiction"), state=EntryState.APPROVED)
    known = entries["e_known"]
    assert known.answer == f"{ONE} [1]" and known.contested and CONTESTS in known.review_reasons
    (revision,) = known.revisions
    assert revision.answer == (
        f"{CONTESTED_NOTE}\n\n- 2026-09-17, version 2.6: {MANY} [1]\n- 2026-03-01, version 2.3: {ONE} [2]"
    )
    assert [one.quote for one in revision.citations] == [MANY, ONE]


def test_two_drafts_that_contradict_become_one_that_shows_both(desk: Desk) -> None:
    _, entries = desk(says("contradiction"))
    assert set(entries) == {"e_known"}
    assert MANY in entries["e_known"].answer and ONE in entries["e_known"].answer
    assert ANSWERS_DIFFER in entries["e_known"].review_reasons


@pytest.mark.parametrize("reply", [says("same", 7), says("same", 1, draft=9), {"relations": []}])
def test_a_reference_that_was_not_shown_decides_nothing(desk: Desk, reply: dict[str, Any]) -> None:
    _, entries = desk(reply)
    assert entries["e_known"].answer == f"{ONE} [1]"


def test_a_model_that_is_down_leaves_it_to_the_code_and_is_named(desk: Desk) -> None:
    _, entries = desk(ModelDown("it is down"))
    assert entries["e_known"].answer == f"{ONE} [1]" or len(entries) == 1
    assert "compared without the model" in desk.named[0].reason


def test_a_rejected_entry_stays_rejected(desk: Desk) -> None:
    counts, entries = desk(says("same"), state=EntryState.REJECTED)
    assert counts == {"rejected": 1} and set(entries) == {"e_known"}


def test_a_curated_answer_is_never_rewritten(desk: Desk) -> None:
    _, entries = desk(says("contradiction"), origin=EntryOrigin.CURATED, state=EntryState.APPROVED)
    assert entries["e_known"].answer == f"{ONE} [1]"
