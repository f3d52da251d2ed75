"""Messages past their time go, and what an entry stands on stays until the entry goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.store.builders import a_batch, a_message, a_thread, at
from threadlore.ids import question_id
from threadlore.store.deletion import delete
from threadlore.store.records import Records
from threadlore.store.retention import lapse
from threadlore.types import Citation, EntryState, FaqEntry, Message, Question

OLD, YOUNG = at(0), at(1000)
LIMIT = at(500)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    found = Records(tmp_path)
    yield found
    found.close()


def message(native: str, text: str, when: datetime, **fields: str | None) -> Message:
    return a_message(native, text, **fields).model_copy(update={"created_at": when})


def entry(state: EntryState, *messages: Message, questions: tuple[Question, ...] = ()) -> FaqEntry:
    return FaqEntry(
        id="e_1",
        question="how?",
        answer="like this [1]",
        citations=tuple(Citation(source_id=one.id, kind="message", quote=one.text) for one in messages),
        question_ids=tuple(one.id for one in questions),
        state=state,
        created_at=OLD,
        updated_at=OLD,
    )


def left(records: Records) -> list[str]:
    return records.database.column("SELECT json_extract(record, '$.text') FROM messages ORDER BY id")


def test_the_old_goes_and_the_young_stays_with_its_quotes(records: Records) -> None:
    thread = a_thread("5")
    records.save_batch(
        a_batch(
            message("5", "an old question", OLD, thread_id=thread.id),
            message("6", "> an old question\nis answered now", YOUNG, thread_id=thread.id),
            message("7", "old chat", OLD),
            threads=(thread,),
        )
    )
    assert lapse(records, LIMIT).messages == 2
    assert left(records) == ["> an old question\nis answered now"]
    assert records.threads([thread.id])[0].title == thread.title
    assert records.database.column("SELECT * FROM tombstones") == []


@pytest.mark.parametrize(
    ("state", "stays"), [(EntryState.APPROVED, True), (EntryState.STALE, True), (EntryState.DRAFT, False)]
)
def test_what_an_entry_stands_on_stays_with_it(records: Records, state: EntryState, stays: bool) -> None:
    asked, cited = message("1", "how?", OLD), message("2", "like this", OLD)
    records.save_batch(a_batch(asked, cited))
    question = Question(
        id=question_id("t", asked.id, 0),
        thread_id="t",
        text="how?",
        author=asked.author,
        message_ids=(asked.id,),
        asked_at=OLD,
    )
    with records.database.write():
        from threadlore.store import questions

        questions.write(records.database, [question])
    records.save_entries([entry(state, cited, questions=(question,))])
    lapse(records, LIMIT)
    assert left(records) == (["how?", "like this"] if stays else [])
    assert [one.state for one in records.entries()] == ([state] if stays else [])


def test_the_old_does_not_come_in_again_and_what_stays_may_still_change(tmp_path: Path) -> None:
    limit: list[datetime | None] = [None]
    records = Records(tmp_path, lambda: limit[0])
    kept, gone = message("1", "stays", OLD), message("2", "goes", OLD)
    records.save_batch(a_batch(kept, gone))
    records.save_entries([entry(EntryState.APPROVED, kept)])
    limit[0] = LIMIT
    lapse(records, LIMIT)
    edited = kept.model_copy(update={"text": "stays, edited", "edited_at": YOUNG})
    counts = records.save_batch(a_batch(edited, gone, observed_at={kept.id: at(20_000)}))
    assert (counts.changed, counts.refused) == (1, 1) and left(records) == ["stays, edited"]
    records.close()


def test_a_channel_is_deleted_with_all_that_is_in_it(records: Records) -> None:
    thread = a_thread("5")
    inside = [message("5", "in a thread", OLD, thread_id=thread.id), message("6", "in the channel", OLD)]
    other = message("7", "elsewhere", OLD).model_copy(update={"channel_id": "forum:x/c/other"})
    records.save_batch(a_batch(*inside, other, threads=(thread,)))
    assert delete(records, (), (), [thread.channel_id]).messages == 2
    assert left(records) == ["elsewhere"] and records.threads([thread.id]) == []
    assert records.save_batch(a_batch(*inside)).refused == 2
