"""A message sink ends in the same state whatever the order and the cuts of what comes in."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.builders import CHANNEL, SOURCE, a_batch, a_message, a_thread, at
from threadlore.seams import CleanBatch, MessageSink
from threadlore.store.deletion import forget_author
from threadlore.store.records import Records
from threadlore.types import Message

THREADS = [a_thread("1"), a_thread("2")]

Copy = tuple[Message, int]


@st.composite
def copies(draw: st.DrawFn) -> Copy:
    native = draw(st.integers(1, 6))
    thread = draw(st.sampled_from([None, *THREADS])) if native > 3 else None
    message = a_message(
        str(native),
        draw(st.sampled_from(["one", "two", "three"])),
        author=draw(st.sampled_from(["u_ann", "u_bob"])) if native == 6 else "u_ann",
        thread_id=thread.id if thread else None,
        edited_at=draw(st.sampled_from([None, at(50), at(60)])),
    )
    return message, draw(st.integers(0, 3))


def pages(found: Sequence[Copy], size: int) -> list[CleanBatch]:
    return [
        a_batch(
            *(message for message, _ in found[start : start + size]),
            threads=tuple(THREADS),
            # One page holds at most one copy of a message, so that each keeps its own time.
            observed_at={message.id: at(1000 + seen) for message, seen in found[start : start + size]},
        )
        for start in range(0, len(found), size)
    ]


def state(found: Sequence[Copy]) -> list[Message]:
    with tempfile.TemporaryDirectory() as folder:
        records = Records(Path(folder))
        sink: MessageSink = records
        for page in pages(found, 1):
            sink.save_batch(page)
        kept = records.messages([message.id for message, _ in sorted(found, key=lambda pair: pair[0].id)])
        records.close()
    return list({message.id: message for message in kept}.values())


@settings(max_examples=25)
@given(st.lists(copies(), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_copies_does_not_matter(found: list[Copy], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert state(found) == state(shuffled)


@settings(max_examples=15)
@given(st.lists(copies(), max_size=12))
def test_bringing_everything_in_twice_changes_nothing(found: list[Copy]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        records = Records(Path(folder))
        for page in pages(found, 1):
            records.save_batch(page)
        for place in records.places_to_split():
            records.save_split(place, [])
        before = records.database.query("SELECT * FROM outbox ORDER BY collection, row_id")
        again = [records.save_batch(page) for page in pages(found, 1)]
        assert sum(counts.added + counts.changed for counts in again) == 0
        assert records.places_to_split() == []
        assert records.database.query("SELECT * FROM outbox ORDER BY collection, row_id") == before
        records.close()


@settings(max_examples=15)
@given(st.lists(copies(), max_size=12))
def test_nothing_by_an_author_who_was_forgotten_is_ever_there(found: list[Copy]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        records = Records(Path(folder))
        half = len(found) // 2
        for number, page in enumerate(pages(found, 1)):
            if number == half:
                forget_author(records, "u_bob")
            records.save_batch(page)
        if found:
            kept = records.messages([message.id for message, _ in found])
            assert all(message.author != "u_bob" for message in kept)
        records.close()


def test_a_page_that_breaks_off_is_not_stored_in_part() -> None:
    with tempfile.TemporaryDirectory() as folder:
        records = Records(Path(folder))
        sink: MessageSink = records
        page = a_batch(a_message("1"), cursor=("page", "1"))
        records.database.connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON cursors BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )
        with pytest.raises(sqlite3.IntegrityError, match="disk"):
            sink.save_batch(page)
        assert records.messages([a_message("1").id]) == []
        assert sink.cursors(SOURCE) == {}
        assert sink.places_to_split() == []
        assert sink.place_messages(CHANNEL) == ("", [], [])
        records.close()
