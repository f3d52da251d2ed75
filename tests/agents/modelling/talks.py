"""Conversations for the tests of what a model reads, and a model that answers by rules about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from threadlore.agents.modelling.distilled import Shown
from threadlore.agents.modelling.marking import DataBlock
from threadlore.agents.modelling.packing import Part
from threadlore.agents.modelling.reading import show
from threadlore.chat import ChatRequest
from threadlore.types import Conversation, Message, Thread, ThreadKind

START = datetime(2026, 5, 1, 9, tzinfo=UTC)
ANN, BOB, EVE = "u_0000000000a1", "u_0000000000b2", "u_0000000000e5"

Said = tuple[str, str] | tuple[str, str, dict[str, Any]]


def talk(
    *said: Said, key: str = "t", title: str = "", minutes: float = 2, solved: bool | None = None
) -> Conversation:
    """A conversation cut out of a channel, or a thread where it has a title."""
    messages = tuple(
        Message.model_validate(
            {
                "id": f"test:x/{key}-{number}",
                "source": "test:x",
                "channel_id": "test:x/c/help",
                "author": one[0],
                "text": one[1],
                "language": "en",
                "created_at": START + timedelta(minutes=minutes * number),
                **(one[2] if len(one) > 2 else {}),
            }
        )
        for number, one in enumerate(said)
    )
    thread = Thread(
        id=f"test:x/t/{key}",
        source="test:x",
        title=title or "help",
        channel_id="test:x/c/help",
        parent=None if title else "test:x/c/help",
        message_ids=tuple(one.id for one in messages),
        opened_at=START,
        last_at=messages[-1].created_at,
        kind=ThreadKind.NATIVE if title else ThreadKind.SPLIT,
        solved=solved,
    )
    return Conversation(thread=thread, messages=messages, channel="help")


def shown(conversation: Conversation) -> Shown:
    """The conversation as the first of a call."""
    return show(DataBlock(), Part(conversation))


def asks(text: str, asked: Sequence[str], **more: Any) -> dict[str, Any]:
    """A question as a reply words it."""
    return {"text": text, "asked": list(asked), "status": "open", **more}


def blocks(request: ChatRequest[Any]) -> dict[str, list[tuple[str, str, str]]]:
    """Return what a request shows: (reference, author's letter, text) of the messages by conversation."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    current = ""
    for line in request.turns[0].text.split("\n")[1:-1]:
        if re.match(r"c\d+\b", line):
            current = line.split(" ")[0]
            found[current] = []
        elif match := re.match(r"(m\d+) ([A-Z]+)[^:]*: ?(.*)", line):
            found[current].append((match[1], match[2], match[3]))
        elif line.startswith(" ") and found[current]:
            ref, letter, text = found[current][-1]
            found[current][-1] = (ref, letter, f"{text}\n{line[1:]}")
    return found


def by_rules(request: ChatRequest[Any]) -> dict[str, Any]:
    """Answer as a careful reader would: a sentence that ends in a question mark is asked."""
    asking, none = [], []
    for ref, messages in blocks(request).items():
        questions = []
        for number, (name, letter, text) in enumerate(messages):
            found = re.findall(r"[^.!?\n]{8,}\?", text)
            earlier = {one for _, one, said in messages[:number] if "?" in said}
            if not found or (earlier and letter not in earlier):
                continue
            answers = [one for one, other, _ in messages[number + 1 :] if other != letter][:2]
            thanks = [
                one for one, other, said in messages[number + 1 :] if other == letter and "thank" in said
            ]
            status = "settled" if answers and thanks else "open"
            questions.append(asks(found[0].strip(), [name], by=answers, ok=thanks, status=status, lang="en"))
        if questions:
            asking.append({"c": ref, "q": questions})
        else:
            none.append(ref)
    return {"asking": asking, "none": none}


def changed(change: Callable[[dict[str, Any]], None]) -> Callable[[ChatRequest[Any]], dict[str, Any]]:
    """The careful reader, whose reply is changed before it is given."""

    def answer(request: ChatRequest[Any]) -> dict[str, Any]:
        reply = by_rules(request)
        change(reply)
        return reply

    return answer
