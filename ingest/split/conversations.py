"""Split a place into conversations, and keep those that are closed as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from threadlore.ids import split_thread_id
from threadlore.ingest.split.decode import Decoder, Placed, Talk
from threadlore.ingest.split.network import load_network
from threadlore.ingest.split.pairs import Candidates, candidates_of
from threadlore.ingest.split.reading import read_lines
from threadlore.types import Message, MessageKind, Thread, ThreadKind, Visibility

BATCH = 500
"""Messages whose links are scored at a time, which bounds the memory of a long channel."""


def _chances(candidates: Sequence[Candidates]) -> list[list[float]]:
    """Return the chance of each candidate of each message, a row's sum being one."""
    import numpy as np

    rows = np.array([row for one in candidates for row in one.rows], dtype=np.float32)
    odds = np.exp(load_network("links").score(rows))
    result: list[list[float]] = []
    start = 0
    for one in candidates:
        part = odds[start : start + len(one.rows)]
        result.append((part / part.sum()).tolist())
        start += len(one.rows)
    return result


def _best_talk(one: Candidates, talks: list[Talk], rows: list[list[float]]) -> int:
    """Choose the conversation that the fitted network scores highest."""
    import numpy as np

    return int(load_network("talks").score(np.array(rows, dtype=np.float32)).argmax())


def split(messages: Sequence[Message]) -> list[Placed]:
    """Return where each message of a place belongs, in the order given (oldest first).

    A system message is a conversation of its own. An explicit reply goes where its target is; every
    other message joins the conversation that fits it best by two small fitted networks (one scores
    links to single messages, the other whole conversations), or starts one.
    """
    lines = read_lines(messages)
    spoken = [line for line in lines if line is not None]
    decoder = Decoder(_best_talk)
    waiting = candidates_of(spoken)
    while batch := list(islice(waiting, BATCH)):
        for one, chances in zip(batch, _chances(batch), strict=True):
            decoder.place(one, chances)
    placed = decoder.placed
    result: list[Placed] = []
    for position, message in enumerate(messages):
        root, answers = placed.get(position, (position, position))
        target = messages[answers].id if answers != position else None
        result.append(Placed(message.id, messages[root].id, target))
    return result


SHORT_THREAD = 30
"""A native thread of at most so many messages is one exchange and stays whole."""
CHANNEL_WINDOW = timedelta(days=7)
THREAD_WINDOW = timedelta(days=30)
"""How long a conversation stays open for late messages, in a channel and in a native thread."""


def conversations_of(
    place: str,
    title: str,
    messages: Sequence[Message],
    parent_thread: Thread | None,
    now: datetime,
    *,
    visibility: Visibility = Visibility.PUBLIC,
) -> list[Thread]:
    """Return the conversations of a place that are not frozen yet, ordered by their first message.

    Args:
        place: id of the channel or the native thread.
        title: name of the channel or title of the thread; every conversation carries it.
        messages: the place's messages that are in no frozen conversation, in any order.
        parent_thread: the native thread, or None for a channel.
        now: decides which conversations are closed by now.
        visibility: of the channel; that of `parent_thread` goes before it.

    Returns:
        Nothing for a native thread that is one exchange: it is its own conversation.
    """
    ordered = sorted(
        (message for message in messages if message.kind is MessageKind.NORMAL),
        key=lambda message: (message.created_at, message.id),
    )
    known = max(len(parent_thread.message_ids), len(messages)) if parent_thread else 0
    if parent_thread and known <= SHORT_THREAD:
        return []
    groups: defaultdict[str, list[Message]] = defaultdict(list)
    for message, placed in zip(ordered, split(ordered), strict=True):
        groups[placed.conversation].append(message)
    if parent_thread and len(groups) < 2 and known == len(messages):
        return []
    window = THREAD_WINDOW if parent_thread else CHANNEL_WINDOW
    return [
        Thread(
            id=split_thread_id(place, group[0].id),
            source=group[0].source,
            title=title,
            channel_id=group[0].channel_id,
            parent=place,
            message_ids=tuple(message.id for message in group),
            opened_at=group[0].created_at,
            last_at=group[-1].created_at,
            kind=ThreadKind.SPLIT,
            tags=parent_thread.tags if parent_thread else (),
            visibility=parent_thread.visibility if parent_thread else visibility,
            url=group[0].url,
            frozen=now - group[-1].created_at > window,
        )
        for group in groups.values()
    ]
