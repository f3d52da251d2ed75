"""Exports of other programs that are not read: named, with the way in."""

from __future__ import annotations

import re

_AS_JSONL = "write it as Threadlore JSONL, which docs/formats.md describes"
_HEADS: tuple[tuple[str, str, str], ...] = (
    (
        r"\s*<!DOCTYPE html.*(?:chatlog|DiscordChatExporter)",
        "an HTML export of DiscordChatExporter",
        "export it again as JSON (--format Json)",
    ),
    (
        r"\W*AuthorID,Author,Date,Content",
        "a CSV export of DiscordChatExporter",
        "export it again as JSON (--format Json)",
    ),
    (
        r"={20,}\s*Guild: ",
        "a text export of DiscordChatExporter",
        "export it again as JSON (--format Json)",
    ),
    (
        r"\s*\[?\s*\{(?=.{0,4000}\"ts\"\s*:\s*\"\d+\.\d+)(?=.{0,4000}\"user\"\s*:)",
        "a Slack export",
        _AS_JSONL,
    ),
    (r"From \S+.{0,80}\d\d:\d\d:\d\d", "a mailbox (mbox)", _AS_JSONL),
    (r"\W*(?:<\?xml[^>]*>\s*)?<(?:posts|comments|users)>", "a data dump of Stack Exchange", _AS_JSONL),
    (r"\s*\{.{0,2000}\"post_stream\"|\s*\{.{0,2000}\"topic_list\"", "Discourse JSON", _AS_JSONL),
    (r"\s*\{.{0,1000}\"update_id\"|\s*\{.{0,1000}\"personal_information\"", "a Telegram export", _AS_JSONL),
    (r"\s*<(?:!DOCTYPE html|html)", "a web page", _AS_JSONL),
)


def foreign_format(head: bytes) -> str:
    """Return what a file is that nothing here reads, and what to do with it; empty where it is not known."""
    text = head.decode("utf-8", errors="replace")
    for pattern, name, way in _HEADS:
        if re.match(pattern, text, re.DOTALL | re.IGNORECASE):
            return f"{name}: {way}"
    return ""
