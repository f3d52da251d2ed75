"""Whether a message that the bot sends could ping somebody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def pinging(body: Any, *, editing: bool) -> list[str]:
    """Return why the messages in a request's body could ping; nothing where none can.

    A message is safe only with `allowed_mentions` that allows nothing: absent, Discord lets a normal
    message ping everybody whom its text names. An edit that does not touch the text needs none.
    """
    reasons = []
    for message in _messages(body):
        allowed = message.get("allowed_mentions")
        if allowed is None:
            if not editing or message.get("content"):
                reasons.append("allowed_mentions is missing")
            continue
        for key in ("parse", "users", "roles"):
            if allowed.get(key):
                reasons.append(f"allowed_mentions.{key} is {allowed[key]}")
        if "parse" not in allowed:
            reasons.append("allowed_mentions.parse is missing")
        if allowed.get("replied_user"):
            reasons.append("allowed_mentions.replied_user is true")
    return reasons


def _messages(body: Any) -> Iterator[Json]:
    if not isinstance(body, dict):
        return
    if isinstance(body.get("message"), dict):  # a forum post's first message
        yield body["message"]
    elif body.get("type") in {4, 7} and isinstance(body.get("data"), dict):  # an interaction's answer
        yield body["data"]
    elif "type" not in body and "name" not in body:
        yield body
