"""Calls hold as many conversations as fit; long ones are cut between messages, where the talk turns."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agents.modelling.talks import ANN, BOB, Said, talk
from threadlore.agents.modelling.packing import TARGET, Part, chunks, cut, data_tokens, pack
from threadlore.chat import AT_A_TIME
from threadlore.types import Conversation

IDS = [f"s_{number:04x}" for number in range(800)]


def some(count: int, words: int = 20) -> list[Conversation]:
    return [talk((ANN, f"question {number} " + "word " * words), key=str(number)) for number in range(count)]


def keys(parts: tuple[Part, ...]) -> list[str]:
    return [part.conversation.thread.id for part in parts]


def test_calls_keep_the_order_and_hold_what_fits() -> None:
    conversations = some(50)
    calls = pack(conversations, 400)
    assert [key for call in calls for key in keys(call)] == [one.thread.id for one in conversations]
    assert all(1 < len(call) < AT_A_TIME for call in calls[:-1])
    assert [len(call) for call in pack(conversations, TARGET)] == [20, 20, 10]
    assert pack([], TARGET) == []


@given(st.lists(st.integers(1, 120), min_size=1, max_size=30), st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_what_is_left_after_some_calls_is_read_by_the_same_calls(sizes: list[int], done: int) -> None:
    conversations = [talk((ANN, "word " * size), key=str(number)) for number, size in enumerate(sizes)]
    calls = pack(conversations, 200)
    read = min(done, len(calls))
    left = conversations[sum(len(call) for call in calls[:read]) :]
    assert pack(left, 200) == calls[read:]


def test_a_conversation_that_does_not_fit_has_calls_of_its_own() -> None:
    long = talk(*[(ANN if number % 2 else BOB, "word " * 40) for number in range(30)], key="long")
    calls = pack([*some(2), long, *some(1)], 600)
    assert [part.whole for part in calls[0]] == [True, True]
    pieces = calls[1:-1]
    assert len(pieces) > 2
    assert all(len(call) == 1 and not call[0].whole for call in pieces)
    assert [part.whole for part in calls[-1]] == [True]


def test_pieces_hold_every_message_once_after_their_common_lead() -> None:
    said: list[Said] = [
        (ANN if number % 3 else BOB, f"number {number} " + "word " * 30) for number in range(40)
    ]
    long = talk(*said)
    pieces = [part.conversation.messages for part in cut(long, 700)]
    assert all(piece[0] is long.messages[0] for piece in pieces)
    rest = [message for piece in pieces for message in piece[1:]]
    assert [long.messages[0], *rest] == list(long.messages)


def test_a_cut_falls_where_the_talk_turns() -> None:
    index = [(ANN if n % 2 else BOB, f"the index build of hnsw needs memory, segment {n}") for n in range(9)]
    backup = [
        (ANN if n % 2 else BOB, f"restore of the backup bucket fails, minio policy {n}") for n in range(11)
    ]
    first, _ = cut(talk(*index, *backup), 420)
    assert len(first.conversation.messages) == len(index)


def test_a_cut_falls_into_silence_and_not_before_a_reply() -> None:
    said: list[Said] = [(ANN if n % 2 else BOB, f"talk about one matter {n} again") for n in range(12)]
    late = talk(*said).messages[6].created_at.replace(day=9)
    said[6:] = [(*one[:2], {"created_at": late.replace(hour=n)}) for n, one in enumerate(said[6:])]
    assert len(cut(talk(*said), 190)[0].conversation.messages) == 6
    replying: list[Said] = [*said[:6], (*said[6][:2], {"reply_to": "test:x/t-5"}), *said[7:]]
    assert len(cut(talk(*replying), 190)[0].conversation.messages) != 6


def test_a_single_message_is_never_cut() -> None:
    (piece,) = cut(talk((ANN, "word " * 5000)), 100)
    assert len(piece.conversation.messages) == 1


def test_the_ends_of_chunks_depend_on_their_ids_alone() -> None:
    whole = chunks(IDS)
    assert [key for chunk in whole for key in chunk] == IDS
    assert 6 < len(whole) < 25
    for number, chunk in enumerate(whole[:-1]):
        left = [key for one in whole[:number] + whole[number + 1 :] for key in one]
        assert chunks(left) == whole[:number] + whole[number + 1 :]
        assert chunks(IDS[IDS.index(chunk[-1]) :])[0] == chunk[-1:]
    assert chunks([]) == []


def test_room_for_data_is_what_the_window_leaves_and_never_nothing() -> None:
    assert data_tokens(128_000, 1500) == TARGET
    assert data_tokens(4096, 1500) == 1730
    assert data_tokens(1024, 1500) == 400
