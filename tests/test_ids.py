"""Ids are stable, and differ where things differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threadlore import ids


@given(st.lists(st.text(), min_size=1))
def test_topic_id_does_not_depend_on_the_order_of_its_questions(questions: list[str]) -> None:
    assert ids.topic_id(questions) == ids.topic_id(reversed(questions))


@given(st.text(), st.text())
def test_parts_do_not_run_into_each_other(first: str, second: str) -> None:
    assert ids.digest(first, second) != ids.digest(first + second)
    assert ids.digest(first, second) == ids.digest(first, second)


def test_equal_native_ids_of_two_sources_are_two_messages() -> None:
    assert ids.message_id("discord:milvus", "1") != ids.message_id("github:milvus", "1")


def test_message_channel_and_thread_of_one_native_id_differ() -> None:
    source = "discord:milvus"
    found = {ids.message_id(source, "1"), ids.channel_id(source, "1"), ids.native_thread_id(source, "1")}
    assert len(found) == 3


def test_second_question_of_a_message_has_an_id_of_its_own() -> None:
    assert ids.question_id("t", "m", 0) != ids.question_id("t", "m", 1)
