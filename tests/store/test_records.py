"""What ingest and the analysis find in the records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.store.builders import (
    CHANNEL,
    SOURCE,
    a_batch,
    a_conversation,
    a_message,
    a_question,
    a_thread,
    an_entry,
    at,
)
from threadlore.store.outbox_rows import waiting_counts
from threadlore.store.records import Records
from threadlore.types import Document, Marks, MessageKind, Topic, TopicEvent


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path)
    yield opened
    opened.close()


def clear_outbox(records: Records) -> None:
    with records.database.write():
        records.database.execute("DELETE FROM outbox")


def test_an_identical_page_writes_nothing(records: Records) -> None:
    batch = a_batch(a_message("1"), a_message("2"), cursor=("page", "2"))
    assert records.save_batch(batch).added == 2
    records.save_split(CHANNEL, [])
    clear_outbox(records)
    counts = records.save_batch(batch)
    assert (counts.added, counts.changed, counts.unchanged, counts.refused) == (0, 0, 2, 0)
    assert records.places_to_split() == []
    assert waiting_counts(records.database) == {}
    assert records.cursors(SOURCE) == {"page": "2"}


def test_the_copy_observed_later_wins_in_any_order(records: Records) -> None:
    old, new = a_message("1", "old"), a_message("1", "new")
    records.save_batch(a_batch(new, observed_at={new.id: at(20)}))
    counts = records.save_batch(a_batch(old, observed_at={old.id: at(10)}))
    assert (counts.changed, counts.unchanged) == (0, 1)
    assert records.messages([old.id]) == [new]
    newest = a_message("1", "newest")
    assert records.save_batch(a_batch(newest, observed_at={old.id: at(30)})).changed == 1
    assert records.messages([old.id]) == [newest]


def test_a_native_thread_knows_its_messages_from_all_pages(records: Records) -> None:
    thread = a_thread("7")
    first = a_message("1", thread_id=thread.id)
    second = a_message("2", thread_id=thread.id, kind=MessageKind.SYSTEM)
    records.save_batch(a_batch(second, threads=(thread,)))
    records.save_batch(a_batch(first, threads=(thread,)))
    (found,) = records.threads([thread.id, "unknown"])
    assert found.message_ids == (first.id, second.id)
    assert (found.opened_at, found.last_at) == (at(1), at(2))
    (conversation,) = records.conversations([thread.id])
    assert conversation.messages == (first,)
    assert conversation.channel == "general"


def test_open_conversations_are_replaced_and_frozen_ones_stay(records: Records) -> None:
    messages = [a_message(str(number)) for number in range(1, 5)]
    records.save_batch(a_batch(*messages))
    assert records.places_to_split() == [CHANNEL]
    frozen = a_conversation(CHANNEL, messages[:2], frozen=True)
    open_one = a_conversation(CHANNEL, messages[2:])
    records.save_split(CHANNEL, [frozen, open_one])
    assert records.places_to_split() == []
    late = a_message("5")
    records.save_batch(a_batch(late))
    title, waiting, opened = records.place_messages(CHANNEL)
    assert title == "general"
    assert waiting == [*messages[2:], late]
    assert opened == [open_one]
    other = a_conversation(CHANNEL, [messages[3], late])
    records.save_split(CHANNEL, [other])
    assert records.threads([frozen.id, open_one.id, other.id]) == [frozen, other]
    assert records.places_to_split() == []


def test_a_message_that_comes_while_a_place_is_split_waits_for_the_next_split(records: Records) -> None:
    records.save_batch(a_batch(a_message("1")))
    records.place_messages(CHANNEL)
    records.save_batch(a_batch(a_message("2")))
    records.save_split(CHANNEL, [a_conversation(CHANNEL, [a_message("1")])])
    assert records.places_to_split() == [CHANNEL]


def test_only_leaves_that_changed_are_distilled(records: Records) -> None:
    whole, cut = a_thread("7"), a_thread("8")
    in_whole = a_message("1", thread_id=whole.id)
    in_cut = [a_message(number, thread_id=cut.id) for number in ("2", "3")]
    records.save_batch(a_batch(in_whole, *in_cut, threads=(whole, cut)))
    parts = [a_conversation(cut.id, [message]) for message in in_cut]
    records.save_split(whole.id, [whole])
    records.save_split(cut.id, parts)
    due = records.conversations_to_distil("extractive")
    assert due == sorted([whole.id, *(part.id for part in parts)])
    records.conversations(due)
    records.save_questions("extractive", {key: [] for key in due})
    assert records.conversations_to_distil("extractive") == []
    assert records.conversations_to_distil("model") == due
    edited = in_cut[0].model_copy(update={"text": "edited"})
    records.save_batch(a_batch(edited, observed_at={edited.id: at(20_000)}))
    assert records.conversations_to_distil("extractive") == [parts[0].id]
    marked = in_whole.model_copy(update={"marks": Marks(reactions=3)})
    records.save_batch(a_batch(marked, observed_at={marked.id: at(20_000)}))
    assert records.conversations_to_distil("extractive") == [parts[0].id]


def test_one_method_at_a_time_has_read_a_conversation(records: Records) -> None:
    thread = a_thread("7")
    message = a_message("1", thread_id=thread.id)
    records.save_batch(a_batch(message, threads=(thread,)))
    records.save_questions("model", {thread.id: [a_question(thread.id, message, "In other words?")]})
    assert records.conversations_to_distil() == records.conversations_to_distil("model") == []
    assert records.conversations_to_distil("extractive") == [thread.id]
    records.save_questions("extractive", {thread.id: [a_question(thread.id, message)]})
    assert records.conversations_to_distil("model") == [thread.id]
    assert records.conversations_to_distil() == []
    assert list(records.distilled_inputs()) == [thread.id]
    assert [question.text for question in records.questions()] == [a_question(thread.id, message).text]


def test_a_message_that_comes_while_its_thread_is_distilled_is_not_missed(records: Records) -> None:
    thread = a_thread("7")
    records.save_batch(a_batch(a_message("1", thread_id=thread.id), threads=(thread,)))
    records.conversations([thread.id])
    records.save_batch(a_batch(a_message("2", thread_id=thread.id)))
    records.save_questions("extractive", {thread.id: []})
    assert records.conversations_to_distil("extractive") == [thread.id]


def test_questions_of_a_conversation_are_replaced_and_unchanged_ones_not_touched(records: Records) -> None:
    thread = a_thread("7")
    messages = [a_message(number, thread_id=thread.id) for number in ("1", "2")]
    records.save_batch(a_batch(*messages, threads=(thread,)))
    kept, dropped = (a_question(thread.id, message) for message in messages)
    records.save_questions("extractive", {thread.id: [kept, dropped]})
    clear_outbox(records)
    records.save_questions("extractive", {thread.id: [kept]})
    assert records.questions() == [kept]
    assert waiting_counts(records.database) == {"questions": 1}


def test_vectors_topics_entries_and_stages_come_back_as_saved(records: Records) -> None:
    vector = np.array([0.6, 0.8], dtype=np.float32)
    records.save_embeddings("model", {"hash": vector})
    assert records.embeddings("other", ["hash"]) == {}
    assert np.array_equal(records.embeddings("model", ["hash", "unknown"])["hash"], vector)
    topic = Topic(id="t_1", label="L", area="a", question_ids=("q",), first_seen=at(0), last_seen=at(1))
    event = TopicEvent(run_id="r", topic_id="t_1", kind="born", at=at(0))
    records.save_topics([topic], [event])
    records.save_topics([topic], [event])
    assert (records.topics(), records.topic_events()) == ([topic], [event])
    records.save_entries([an_entry()])
    assert records.entries() == [an_entry()]
    records.save_stage_input("cluster", "x")
    assert (records.stage_input("cluster"), records.stage_input("label")) == ("x", None)


def test_documents_and_languages_are_counted(records: Records) -> None:
    page = Document(id="d", source="docs", path="p", url="u", title="t", heading="h", text="x")
    assert records.save_batch(a_batch(a_message("1"), documents=(page,))).added == 2
    assert records.documents(["d"]) == [page]
    counts = records.counts()
    assert (counts.messages, counts.documents, counts.languages) == (1, 1, {"en": 1})


def test_what_was_read_is_read_again_after_any_change_of_this_or_another_process(tmp_path: Path) -> None:
    first, second = (
        Topic(id=key, label="x", area="other", question_ids=(), first_seen=at(0), last_seen=at(0))
        for key in ("t_1", "t_2")
    )
    ours, theirs = Records(tmp_path), Records(tmp_path)
    try:
        assert ours.topics() == []
        ours.save_topics([first], [])
        assert ours.topics() == [first]
        theirs.save_topics([second], [])
        assert ours.topics() == [first, second]
        ours.topics().clear()
        assert ours.topics() == [first, second]
    finally:
        ours.close()
        theirs.close()
