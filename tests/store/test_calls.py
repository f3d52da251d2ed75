"""What is kept of a model's work goes with the text that it came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.builders import a_batch, a_citation, a_message, an_entry, at
from threadlore.calls import EntryTrail, ModelCall, SentenceTrail
from threadlore.incoming import KnownName
from threadlore.store.deletion import delete_messages
from threadlore.store.records import Records

FIRST = a_message("1", "Raise the timeout to 90 seconds.")
SECOND = a_message("2", "Then restart the proxy node.")


def a_call(key: str, reply: str = "{}") -> ModelCall:
    return ModelCall(key=key, run_id="run_1", prompt="draft@1", model="m", reply=reply, at=at(0))


def said(text: str, *sources: str) -> SentenceTrail:
    return SentenceTrail(text=text, sources=sources, verdict="found", by="code")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path)
    opened.save_batch(a_batch(FIRST, SECOND))
    yield opened
    opened.close()


def test_an_edited_message_takes_the_replies_to_its_old_text_along(records: Records) -> None:
    records.save_model_call(a_call("k"), [FIRST.id])
    later = a_batch(a_message("1", "Raise it to 120 seconds."), observed_at={FIRST.id: at(20_000)})
    records.save_batch(later)
    assert records.model_call("k") is None


def test_new_reactions_leave_replies_alone(records: Records) -> None:
    records.save_model_call(a_call("k"), [FIRST.id])
    thanked = FIRST.model_copy(update={"marks": FIRST.marks.model_copy(update={"thanks": 3})})
    records.save_batch(a_batch(thanked, observed_at={FIRST.id: at(20_000)}))
    assert records.model_call("k") is not None


def test_deletion_leaves_of_a_trail_what_other_messages_prove(records: Records) -> None:
    both = (a_citation(FIRST, "Raise the timeout"), a_citation(SECOND, "restart the proxy"))
    answer = "Raise the timeout. [1] Restart the proxy node. [2]"
    records.save_entries([an_entry(answer=answer, citations=both)])
    sentences = (said("Raise the timeout.", FIRST.id), said("Restart it.", SECOND.id), said("Guessed."))
    records.save_trails(
        [EntryTrail(entry_id="e_1", run_id="run_1", method="m", sentences=sentences, at=at(0))]
    )
    delete_messages(records, [FIRST.id])
    (trail,) = records.trails(entry_id="e_1")
    assert [one.text for one in trail.sentences] == ["Restart it."]


def test_deletion_takes_a_cut_sentence_along_whose_source_no_entry_cites(records: Records) -> None:
    citations = (a_citation(SECOND, "restart the proxy"),)
    records.save_entries([an_entry(answer="Restart the proxy node. [1]", citations=citations)])
    cut = said("Raise it to 90 seconds.", FIRST.id).model_copy(update={"kept": False})
    trail = EntryTrail(
        entry_id="e_1", run_id="run_1", method="m", sentences=(cut, said("Restart it.", SECOND.id)), at=at(0)
    )
    records.save_trails([trail, trail.model_copy(update={"entry_id": "e_merged"})])
    delete_messages(records, [FIRST.id])
    assert [[one.text for one in trail.sentences] for trail in records.trails()] == [["Restart it."]] * 2


class Renames:
    def touches(self, text: str) -> bool:
        return "Ann" in text

    def renewed(self, text: str) -> str:
        return text.replace("Ann", "[name]")


def test_a_name_that_becomes_known_leaves_replies_and_trails(records: Records) -> None:
    records.save_model_call(a_call("named", '{"answer": "Ann says so"}'), [])
    records.save_model_call(a_call("plain"), [])
    trail = EntryTrail(
        entry_id="e_1", run_id="run_1", method="m", sentences=(said("Ann says so.", FIRST.id),), at=at(0)
    )
    records.save_trails([trail])
    records.mend_names([KnownName("digest", "u_ann")], Renames())
    assert records.model_call("named") is None
    assert records.model_call("plain") is not None
    assert records.trails()[0].sentences[0].text == "[name] says so."
