"""`bench split`: chat messages in, conversations and reply links out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from threadlore.bench.io import first_of, read_rows, write_rows
from threadlore.errors import BadInput
from threadlore.types import Message, MessageKind

_START = datetime(2000, 1, 1, tzinfo=UTC)


def _moment(row: Mapping[str, Any], before: datetime) -> datetime:
    """Return the time of a row; a bare clock time is put on the row's date, or on the day before it."""
    text = first_of(row, "ts", "timestamp", "created_at", "at")
    if text is None:
        return before
    try:
        if len(str(text)) <= 8 and ":" in str(text):
            day = row.get("date") or before.date().isoformat()
            found = datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=UTC)
            if before - found > timedelta(hours=12):
                found += timedelta(days=(before.date() - found.date()).days)
                found += timedelta(days=1 if before - found > timedelta(hours=12) else 0)
            return found
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return before
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def to_messages(rows: Sequence[Mapping[str, Any]], stream: str) -> list[Message]:
    """Return the rows of one stream as messages. A row without an author is a system message.

    A missing time is that of the row before it.
    """
    messages: list[Message] = []
    at = _START
    for row in rows:
        author = first_of(row, "author", "user")
        at = _moment(row, at)
        system = bool(row.get("system")) or author is None
        messages.append(
            Message(
                id=str(row["id"]),
                source=f"bench:{stream}",
                channel_id=stream,
                author=str(author or ""),
                kind=MessageKind.SYSTEM if system else MessageKind.NORMAL,
                text=str(first_of(row, "text", "content", "body") or ""),
                created_at=at,
            )
        )
    return messages


def run(*, data: Path, predictions: Path) -> dict[str, int]:
    """Split every stream of `data` (`file`, `project` or `channel`) and write the predictions.

    Raises:
        BadInput: a row has no id.
    """
    from threadlore.ingest.split import split

    streams: dict[str, list[dict[str, Any]]] = {}
    for number, row in enumerate(read_rows(data), 1):
        if "id" not in row:
            raise BadInput(f"{data}, row {number}, has no id.", "Give every message an id.")
        streams.setdefault(str(first_of(row, "file", "project", "channel") or ""), []).append(row)
    found: list[dict[str, object]] = []
    for stream, rows in streams.items():
        for row, placed in zip(rows, split(to_messages(rows, stream)), strict=True):
            found.append(
                {
                    "file": stream,
                    "id": row["id"],
                    "conversation": placed.conversation,
                    "reply_to": [placed.reply_to] if placed.reply_to is not None else [],
                }
            )
    conversations = len({(row["file"], row["conversation"]) for row in found})
    return {
        "streams": len(streams),
        "messages": write_rows(predictions, found),
        "conversations": conversations,
    }
