"""Ids, minted once from what a thing is founded on and never recomputed from its wording."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def digest(*parts: str, length: int = 16) -> str:
    """Return a stable hexadecimal digest of `parts`, of `length` characters (sha256).

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    """
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", errors="surrogatepass")
        hasher.update(f"{len(data)}:".encode())
        hasher.update(data)
    return hasher.hexdigest()[:length]


def message_id(source: str, native_id: str) -> str:
    """Return the id of a message: its source and its native id.

    >>> message_id("discord:milvus", "42")
    'discord:milvus/42'
    """
    return f"{source}/{native_id}"


def channel_id(source: str, native_id: str) -> str:
    """Return the id of a channel, forum or repository."""
    return f"{source}/c/{native_id}"


def native_thread_id(source: str, native_id: str) -> str:
    """Return the id of a thread that exists in its source."""
    return f"{source}/t/{native_id}"


def split_thread_id(parent: str, first_message_id: str) -> str:
    """Return the id of a conversation cut out of `parent` (a channel or a native thread)."""
    return f"s_{digest(parent, first_message_id)}"


def question_id(thread_id: str, asking_message_id: str, ordinal: int) -> str:
    """Return the id of the `ordinal`-th question that a message asks."""
    return f"q_{digest(thread_id, asking_message_id, str(ordinal))}"


def topic_id(founding_question_ids: Iterable[str]) -> str:
    """Return the id of a topic from the questions it was founded on, in any order."""
    return f"t_{digest(*sorted(founding_question_ids))}"


def entry_id(topic: str, first_question_id: str) -> str:
    """Return the id of a mined FAQ entry."""
    return f"e_{digest(topic, first_question_id)}"


def document_id(source: str, path: str, heading: str, ordinal: int, version: str) -> str:
    """Return the id of a documentation section."""
    return f"d_{digest(source, path, heading, str(ordinal), version)}"


def tool_call_id(tool: str, arguments_json: str) -> str:
    """Return the id of a tool call from its name and its canonical JSON arguments."""
    return f"c_{digest(tool, arguments_json)}"


def revision_id(entry: str, answer: str, question: str) -> str:
    """Return the id of a proposed revision: the same proposal is never made twice."""
    return f"r_{digest(entry, question, answer)}"


def run_id(settings_hash: str, started_at: str) -> str:
    """Return the id of a run from its settings and its start (ISO 8601)."""
    return f"run_{digest(settings_hash, started_at)}"
