"""`bench distil`: conversations in; what they ask, and what settled it, out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from threadlore.bench.io import first_of, read_rows, write_rows
from threadlore.errors import BadInput
from threadlore.types import Conversation, Message, MessageKind, QuestionStatus, Thread, ThreadKind

_START = datetime(2000, 1, 1, tzinfo=UTC)


def to_conversation(row: Mapping[str, Any]) -> Conversation:
    """Return a row (id, messages, and a title where there is one) as a conversation.

    Raises:
        BadInput: the row has no messages, or a message no id.
    """
    key = str(row["id"])
    if not isinstance(row.get("messages"), list):
        raise BadInput(f"Conversation {key} has no messages.", "Give each row a list `messages`.")
    messages: list[Message] = []
    for number, one in enumerate(row["messages"]):
        if not isinstance(one, dict) or "id" not in one:
            raise BadInput(
                f"Conversation {key}, message {number + 1}, has no id.", "Give each message an id."
            )
        at = first_of(one, "ts", "at", "timestamp", "created_at")
        before = messages[-1].created_at if messages else _START
        messages.append(
            Message(
                id=str(one["id"]),
                source="bench:distil",
                channel_id=key,
                author=str(first_of(one, "author", "user") or f"unknown {key}"),
                kind=MessageKind.SYSTEM if one.get("type") == "System" else MessageKind.NORMAL,
                text=str(first_of(one, "text", "content", "body") or ""),
                created_at=_moment(at) or before + timedelta(seconds=60),
                reply_to=str(one["reply_to"]) if one.get("reply_to") else None,
            )
        )
    title = str(row.get("title") or "")
    thread = Thread(
        id=key,
        source="bench:distil",
        title=title,
        channel_id=key if not title else f"{key}/c",
        parent=None if title else key,
        message_ids=tuple(one.id for one in messages),
        opened_at=messages[0].created_at if messages else _START,
        last_at=messages[-1].created_at if messages else _START,
        kind=ThreadKind.NATIVE if title else ThreadKind.SPLIT,
    )
    normal = tuple(one for one in messages if one.kind is MessageKind.NORMAL)
    return Conversation(thread=thread, messages=normal, channel=str(row.get("parent") or ""))


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def run(*, data: Path, predictions: Path) -> dict[str, int]:
    """Distil every conversation of `data` and write its questions.

    Raises:
        BadInput: a row has no id or no messages.
    """
    from threadlore.agents.distil import extract_with_endings
    from threadlore.profile import load_profile

    profile = load_profile("generic")
    found: list[dict[str, object]] = []
    count = 0
    for number, row in enumerate(read_rows(data), 1):
        if "id" not in row:
            raise BadInput(f"{data}, row {number}, has no id.", "Give every conversation an id.")
        questions = []
        for question, ending in extract_with_endings(to_conversation(row), profile):
            status = "partly" if ending.partly else "unresolved"
            if question.status is QuestionStatus.SETTLED:
                status = "self-resolved" if ending.by_asker else "resolved"
            questions.append(
                {
                    "text": question.text,
                    "message_ids": list(question.message_ids),
                    "status": status,
                    "resolution_message_ids": list(question.resolution),
                }
            )
        count += len(questions)
        found.append({"id": row["id"], "questions": questions})
    return {"conversations": write_rows(predictions, found), "questions": count}
