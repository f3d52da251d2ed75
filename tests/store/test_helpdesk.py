"""What a bot keeps survives a restart, counts each person once, and goes with what it came from."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.builders import START as NOW
from tests.store.builders import a_message, an_entry
from threadlore import review
from threadlore.helpdesk import (
    GONE,
    NOT_HELPFUL,
    AskedBack,
    BotMessage,
    HandOver,
    Tally,
    Vote,
    text_digest,
)
from threadlore.seams import CleanBatch
from threadlore.store.deletion import delete_messages, forget_author
from threadlore.store.helpdesk import StoredHelpDesk
from threadlore.store.records import Records
from threadlore.store.retention import lapse
from threadlore.types import EntryState, FaqEntry

SECRET = "xylophonequartz token of the staging cluster"


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "data")


@pytest.fixture
def desk(records: Records) -> StoredHelpDesk:
    return StoredHelpDesk(records.database)


def vote(entry: FaqEntry, author: str, helpful: bool, minutes: int = 0) -> Vote:
    return Vote(
        entry_id=entry.id,
        author=author,
        text=text_digest(entry),
        helpful=helpful,
        at=NOW + timedelta(minutes=minutes),
    )


def call(key: str = "h1", author: str = "u_ann", text: str = "Who can help?", source: str = "") -> HandOver:
    return HandOver(id=key, author=author, message_id=source, url="", text=text, at=NOW)


def asked(author: str = "u_ann", text: str = "How much memory?", minutes: int = 10) -> AskedBack:
    return AskedBack(
        id="a1",
        author=author,
        channel="7",
        message_id="",
        question=text,
        missing="vectors",
        deadline=NOW + timedelta(minutes=minutes),
    )


def test_a_person_has_one_vote_and_the_last_one_counts(desk: StoredHelpDesk) -> None:
    item = an_entry("e_1")
    desk.save_vote(vote(item, "u_ann", True))
    assert desk.save_vote(vote(item, "u_ann", False, minutes=1)) == Tally(not_helpful=1)
    assert desk.save_vote(vote(item, "u_ben", True)) == Tally(helpful=1, not_helpful=1)


def test_votes_count_for_the_text_they_were_given_to(desk: StoredHelpDesk) -> None:
    item = an_entry("e_1")
    desk.save_vote(vote(item, "u_ann", False))
    assert desk.tallies([item]) == {"e_1": Tally(not_helpful=1)}
    assert desk.tallies([item.model_copy(update={"answer": "Another answer."})]) == {}


def test_votes_that_a_person_overruled_do_not_count_again(records: Records, desk: StoredHelpDesk) -> None:
    item = an_entry("e_1").model_copy(
        update={"state": EntryState.APPROVED, "review_reasons": (f"3 {NOT_HELPFUL}",)}
    )
    records.save_entries([item])
    desk.save_vote(vote(item, "u_ann", False))
    approved = review.approve(records, "e_1", NOW + timedelta(minutes=1))
    assert desk.tallies([approved]) == {}
    desk.save_vote(vote(item, "u_ben", False, minutes=2))
    assert desk.tallies([approved]) == {"e_1": Tally(not_helpful=1)}


def test_a_call_for_a_person_is_listed_once_until_it_is_closed(desk: StoredHelpDesk) -> None:
    assert desk.save_handover(call())
    assert not desk.save_handover(call())
    assert [item.id for item in desk.handovers()] == ["h1"]
    assert desk.close_handover("h1", NOW)
    assert not desk.close_handover("h1", NOW)
    assert desk.handovers() == []


def test_a_call_that_is_closed_keeps_no_words(records: Records, desk: StoredHelpDesk) -> None:
    desk.save_handover(call())
    desk.close_handover("h1", NOW)
    [record] = records.database.column("SELECT record FROM handovers")
    assert call().text and call().text not in record


def test_calls_go_when_their_time_is_up(records: Records, desk: StoredHelpDesk) -> None:
    desk.save_handover(call())
    lapse(records, NOW - timedelta(days=1))
    assert desk.handovers()
    lapse(records, NOW + timedelta(days=1))
    assert desk.handovers() == []


def test_what_was_asked_back_is_taken_once_and_in_time(desk: StoredHelpDesk) -> None:
    desk.save_asked_back(asked())
    assert desk.take_asked_back("u_ben", "7", NOW) is None
    assert desk.take_asked_back("u_ann", "7", NOW) == asked()
    assert desk.take_asked_back("u_ann", "7", NOW) is None
    desk.save_asked_back(asked(minutes=10))
    assert desk.take_asked_back("u_ann", "7", NOW + timedelta(minutes=10)) is None


def test_a_question_that_waited_too_long_is_forgotten(records: Records, desk: StoredHelpDesk) -> None:
    desk.save_asked_back(asked(minutes=10))
    assert desk.drop_late(NOW + timedelta(minutes=9)) == 0
    assert desk.drop_late(NOW + timedelta(minutes=10)) == 1
    assert records.database.value("SELECT count(*) FROM asked_back") == 0


def test_a_post_is_met_once_also_after_a_restart(tmp_path: Path) -> None:
    first = Records(tmp_path / "data")
    desk = StoredHelpDesk(first.database)
    assert not desk.knows_post("99") and desk.claim_post("99", NOW)
    first.close()
    again = StoredHelpDesk(Records(tmp_path / "data").database)
    assert again.knows_post("99") and not again.claim_post("99", NOW)


def test_messages_of_the_bot_are_known_by_kind_until_they_are_dropped(desk: StoredHelpDesk) -> None:
    shown = BotMessage(message_id="5", channel="7", kind="review", subject="e_1", shown="x", at=NOW)
    desk.save_message(shown)
    assert desk.messages_of("review") == desk.messages_of("review", "e_1") == [shown]
    assert desk.messages_of("review", "e_2") == []
    for number in range(3):
        desk.save_message(shown.model_copy(update={"message_id": f"a{number}", "kind": "answer"}))
    assert desk.answers_shown() == [("e_1", "x")]
    desk.drop_messages(["a0", "a1", "a2"])
    assert desk.messages_of("answer") == []
    desk.drop_messages(["5"])
    assert desk.messages_of("review") == []


def test_a_forgotten_person_leaves_nothing(tmp_path: Path, records: Records, desk: StoredHelpDesk) -> None:
    item = an_entry("e_1")
    records.save_entries([item])
    desk.save_vote(vote(item, "u_ann", False))
    desk.save_handover(call(text=SECRET))
    desk.save_asked_back(asked(text=SECRET))
    desk.save_handover(call("h2", "u_ben"))
    repeats = BotMessage(
        message_id="5", channel="7", kind="answer", subject="e_1", shown="x", at=NOW, author="u_ann"
    )
    desk.save_message(repeats)
    forget_author(records, "u_ann")
    assert [(each.subject, each.author) for each in desk.messages_of("answer")] == [(GONE, "")]
    assert desk.tallies([item]) == {}
    assert [each.id for each in desk.handovers()] == ["h2"]
    assert desk.opted_out("u_ann") and not desk.opted_out("u_ben")
    records.close()
    for file in (tmp_path / "data").rglob("*"):
        assert not file.is_file() or b"xylophonequartz" not in file.read_bytes(), file


def test_a_deleted_message_takes_along_what_it_was_asked_with(records: Records, desk: StoredHelpDesk) -> None:
    said = a_message("1", f"Where is the {SECRET} kept?")
    records.save_batch(CleanBatch(source=said.source, messages=(said,)))
    desk.save_handover(call("by message", source=said.id))
    desk.save_handover(call("by words", author="u_ben", text=SECRET))
    desk.save_handover(call("other", author="u_ben", text="How do I compact a collection by hand?"))
    delete_messages(records, [said.id])
    assert [each.id for each in desk.handovers()] == ["other"]


def test_a_message_that_was_never_read_in_takes_its_call_along(
    records: Records, desk: StoredHelpDesk
) -> None:
    desk.save_handover(call(source="discord:1/77"))
    delete_messages(records, ["discord:1/77"])
    assert desk.handovers() == []
