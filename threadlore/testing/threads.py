"""Threads as records: what was said in one, what it asks, and the topic over several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from threadlore import ids
from threadlore.types import (
    Marks,
    Message,
    Question,
    QuestionStatus,
    Role,
    Thread,
    ThreadKind,
    Topic,
    Visibility,
)

CHANNEL = "help"
"""Where all threads stand, in the source's own name."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said in a thread."""

    author: str
    text: str
    role: Role = Role.MEMBER
    marks: Marks = field(default_factory=Marks)


@dataclass(frozen=True, slots=True)
class Told:
    """A thread with its messages."""

    thread: Thread
    messages: tuple[Message, ...]

    def question(self, text: str) -> Question:
        """Return what it asks: its first message does, and all that follow settle it."""
        asked, *answers = self.messages
        return Question(
            id=ids.question_id(self.thread.id, asked.id, 0),
            thread_id=self.thread.id,
            text=text,
            author=asked.author,
            message_ids=(asked.id,),
            resolution=tuple(one.id for one in answers),
            evidence=self.thread.message_ids,
            status=QuestionStatus.SETTLED if answers else QuestionStatus.OPEN,
            language="en",
            asked_at=asked.created_at,
            answered_at=answers[-1].created_at if answers else None,
            visibility=self.thread.visibility,
        )


def told(
    place: tuple[str, str],
    title: str,
    said: Sequence[Said],
    opened_at: datetime,
    visibility: Visibility = Visibility.PUBLIC,
) -> Told:
    """Return a thread in which all is said an hour apart. `place` is the source, and its own name there."""
    source, native = place
    channel, key = ids.channel_id(source, CHANNEL), ids.native_thread_id(source, native)
    messages = tuple(
        Message(
            id=ids.message_id(source, f"{native}-{number}"),
            source=source,
            channel_id=channel,
            thread_id=key,
            author=one.author,
            role=one.role,
            text=one.text,
            created_at=opened_at + timedelta(hours=number),
            url=f"https://forum.example/{native}/{number}",
            marks=one.marks,
        )
        for number, one in enumerate(said)
    )
    thread = Thread(
        id=key,
        source=source,
        title=title,
        channel_id=channel,
        message_ids=tuple(one.id for one in messages),
        opened_at=opened_at,
        last_at=messages[-1].created_at,
        kind=ThreadKind.NATIVE,
        visibility=visibility,
    )
    return Told(thread, messages)


def topic_over(questions: Sequence[Question]) -> Topic:
    """Return the topic over `questions`, called like the first."""
    keys = tuple(question.id for question in questions)
    return Topic(
        id=ids.topic_id(keys[:1]),
        label=questions[0].text,
        area="other",
        question_ids=keys,
        authors=len({question.author for question in questions}),
        first_seen=min(question.asked_at for question in questions),
        last_seen=max(question.asked_at for question in questions),
    )
