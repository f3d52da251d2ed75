"""Conversations: who talks with whom, on busy and on slow channels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from threadlore.ids import split_thread_id
from threadlore.ingest.split import conversations_of, split
from threadlore.ingest.split.reading import read_lines
from threadlore.types import Message, MessageKind, Thread, ThreadKind, Visibility

START = datetime(2026, 3, 1, 23, 50, tzinfo=UTC)


def message(number: int, author: str, text: str, minutes: float, **more: object) -> Message:
    values: dict[str, object] = {
        "id": f"m{number:03}",
        "source": "test:place",
        "channel_id": "test:place/c/1",
        "author": author,
        "text": text,
        "created_at": START + timedelta(minutes=minutes),
    }
    return Message.model_validate(values | more)


def two_talks() -> list[Message]:
    return [
        message(1, "anna", "hi, how do I mount an ntfs disk at boot?", 0),
        message(2, "carl", "does anyone know why my wifi drops after suspend?", 0.3),
        message(3, "bert", "anna: put it into fstab with the ntfs-3g type", 0.6),
        message(4, "dora", "carl: reload the driver after resume", 0.8),
        message(5, "anna", "bert: thanks, fstab it is", 1.0),
        message(6, "carl", "dora: which driver would that be?", 1.2),
        message(7, "dora", "carl: iwlwifi most likely", 1.5),
    ]


def earlier(days: float = 0.05) -> list[Message]:
    """What a channel has seen before, so that its pace and its people are known."""
    told = [
        "fred: did the update work?",
        "gina: yes, all fine",
        "fred: good, then I close it",
        "gina: thanks",
    ]
    return [
        message(900 + number, "gf"[number % 2] * 4, text, -1440 * days + number / 3)
        for number, text in enumerate(told * 3)
    ]


def test_interleaved_talks_come_apart_by_whom_they_address() -> None:
    placed = {one.message_id: one for one in split([*earlier(), *two_talks()])}
    assert {key for key, one in placed.items() if one.conversation == "m001"} == {"m001", "m003", "m005"}
    assert {key for key, one in placed.items() if one.conversation == "m002"} == {
        "m002",
        "m004",
        "m006",
        "m007",
    }
    assert placed["m003"].reply_to == "m001"


def test_an_explicit_reply_goes_where_its_target_is() -> None:
    talk = two_talks()
    talk.append(message(8, "emil", "what about exfat?", 2, reply_to="m001"))
    assert split(talk)[-1].conversation == "m001"
    assert split(talk)[-1].reply_to == "m001"


def test_system_messages_stand_alone() -> None:
    talk = two_talks()
    talk.insert(1, message(9, "", "carl joined", 0.2, kind=MessageKind.SYSTEM))
    placed = {one.message_id: one.conversation for one in split(talk)}
    assert placed["m009"] == "m009"
    assert placed["m003"] == "m001"


def test_a_clock_that_falls_back_over_midnight_does_not_tear_a_talk() -> None:
    talk = [
        message(1, "anna", "how do I resize a partition?", 9),
        message(2, "bert", "anna: with gparted from a live disk", 11 - 1440),
        message(3, "anna", "bert: ok, thank you", 12 - 1440),
    ]
    assert {one.conversation for one in split(talk)} == {"m001"}


def test_missing_times_still_give_conversations() -> None:
    talk = [one.model_copy(update={"created_at": START}) for one in two_talks()]
    placed = {one.message_id: one.conversation for one in split(talk)}
    assert placed["m003"] == placed["m001"]
    assert placed["m004"] == placed["m002"]


def test_an_address_is_read_in_any_script() -> None:
    talk = [
        message(1, "安娜", "请问备份怎么做？", 0),
        message(2, "卡尔", "查询延迟变高，怎么调参数？", 0.3),
        message(3, "伯特", "安娜：可以用备份工具", 0.6),
        message(4, "多拉", "卡尔，把 ef 调小", 0.8),
    ]
    placed = {one.message_id: one.reply_to for one in split(talk)}
    assert (placed["m003"], placed["m004"]) == ("m001", "m002")


def test_words_are_found_in_text_without_spaces() -> None:
    first, second, other = read_lines(
        [
            message(1, "anna", "怎么备份向量数据库", 0),
            message(2, "bert", "数据库备份用这个工具", 1),
            message(3, "carl", "今天天气很好", 2),
        ]
    )
    assert first is not None and second is not None and other is not None
    assert {"数据", "据库", "备份"} <= first.words.keys() & second.words.keys()
    assert not first.words.keys() & other.words.keys()


def test_nothing_splits_into_nothing() -> None:
    assert split([]) == []


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.text(max_size=30), st.floats(-2000, 2000)),
        max_size=15,
    )
)
def test_any_text_at_any_time_is_placed_once(rows: list[tuple[str, str, float]]) -> None:
    talk = [message(number, *row) for number, row in enumerate(rows)]
    placed = split(talk)
    assert [one.message_id for one in placed] == [one.id for one in talk]
    known = {one.id for one in talk}
    assert all(one.conversation in known for one in placed)
    assert split(talk) == placed


def native(messages: list[Message]) -> Thread:
    return Thread(
        id="test:place/t/1",
        source="test:place",
        title="Mounting disks",
        channel_id="test:place/c/1",
        message_ids=tuple(one.id for one in messages),
        opened_at=messages[0].created_at,
        last_at=messages[-1].created_at,
        kind=ThreadKind.NATIVE,
        tags=("disk",),
        visibility=Visibility.PRIVATE,
    )


def test_a_channel_becomes_conversations_with_stable_ids() -> None:
    now = START + timedelta(days=1)
    found = conversations_of("test:place/c/1", "help", two_talks(), None, now)
    assert [one.id for one in found] == [
        split_thread_id("test:place/c/1", "m001"),
        split_thread_id("test:place/c/1", "m002"),
    ]
    assert all(one.kind is ThreadKind.SPLIT and one.parent == "test:place/c/1" for one in found)
    assert found == conversations_of("test:place/c/1", "help", two_talks()[::-1], None, now)


def test_a_conversation_freezes_when_the_window_has_passed() -> None:
    early = conversations_of("c", "help", two_talks(), None, START + timedelta(days=1))
    late = conversations_of("c", "help", two_talks(), None, START + timedelta(days=40))
    assert not any(one.frozen for one in early)
    assert all(one.frozen for one in late)


def test_a_short_native_thread_stays_whole() -> None:
    talk = two_talks()
    assert conversations_of("test:place/t/1", "Mounting disks", talk, native(talk), START) == []


def test_a_long_native_thread_is_split_under_its_title() -> None:
    talk: list[Message] = []
    for day in range(12):
        talk += [
            one.model_copy(
                update={"id": f"d{day:02}{one.id}", "created_at": one.created_at + timedelta(days=9 * day)}
            )
            for one in two_talks()
        ]
    found = conversations_of("test:place/t/1", "Mounting disks", talk, native(talk), START)
    assert len(found) > 5
    assert {one.title for one in found} == {"Mounting disks"}
    assert {one.tags for one in found} == {("disk",)}
    assert {one.visibility for one in found} == {Visibility.PRIVATE}
    assert sum(len(one.message_ids) for one in found) == len(talk)
