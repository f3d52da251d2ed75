"""Records for tests, with what matters named and the rest filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from threadlore.ids import message_id, native_thread_id, question_id, split_thread_id
from threadlore.seams import CleanBatch
from threadlore.types import (
    Channel,
    Citation,
    EntryState,
    FaqEntry,
    Message,
    Question,
    QuestionStatus,
    Thread,
    ThreadKind,
)

SOURCE = "discord:test"
CHANNEL = f"{SOURCE}/c/general"
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def a_message(native: str, text: str = "hello", **given: Any) -> Message:
    number = int("".join(filter(str.isdigit, native)) or 0)
    values: dict[str, Any] = {
        "id": message_id(SOURCE, native),
        "source": SOURCE,
        "channel_id": CHANNEL,
        "author": "u_ann",
        "text": text,
        "language": "en",
        "created_at": at(number),
    }
    return Message(**(values | given))


def a_thread(native: str, title: str = "A title", **given: Any) -> Thread:
    values: dict[str, Any] = {
        "id": native_thread_id(SOURCE, native),
        "source": SOURCE,
        "title": title,
        "channel_id": CHANNEL,
        "message_ids": (),
        "opened_at": START,
        "last_at": START,
        "kind": ThreadKind.NATIVE,
    }
    return Thread(**(values | given))


def a_conversation(place: str, messages: list[Message], title: str = "Cut", **given: Any) -> Thread:
    return a_thread(
        "x",
        title,
        id=split_thread_id(place, messages[0].id),
        parent=place,
        kind=ThreadKind.SPLIT,
        message_ids=tuple(message.id for message in messages),
        opened_at=messages[0].created_at,
        last_at=messages[-1].created_at,
        **given,
    )


def a_batch(*messages: Message, **given: Any) -> CleanBatch:
    values: dict[str, Any] = {
        "source": SOURCE,
        "channels": (Channel(id=CHANNEL, source=SOURCE, name="general"),),
        "messages": messages,
        "observed_at": {message.id: at(10_000) for message in messages},
    }
    return CleanBatch(**(values | given))


def a_question(thread: str, asked: Message, text: str = "How?", **given: Any) -> Question:
    values: dict[str, Any] = {
        "id": question_id(thread, asked.id, 0),
        "thread_id": thread,
        "text": text,
        "author": asked.author,
        "message_ids": (asked.id,),
        "evidence": (asked.id,),
        "status": QuestionStatus.OPEN,
        "asked_at": asked.created_at,
    }
    return Question(**(values | given))


def an_entry(key: str = "e_1", **given: Any) -> FaqEntry:
    values: dict[str, Any] = {
        "id": key,
        "question": "How do I start?",
        "answer": "Run the script.",
        "state": EntryState.APPROVED,
        "created_at": START,
        "updated_at": START,
    }
    return FaqEntry(**(values | given))


def a_citation(message: Message, quote: str) -> Citation:
    return Citation(source_id=message.id, kind="message", quote=quote)
