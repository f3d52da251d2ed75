"""The readable side of a Discord message: text, authors, mentions and reactions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from threadlore.incoming import IncomingAuthor
from threadlore.ingest.roles import marks_from_counts, role_from_names
from threadlore.ingest.values import count_of, list_of, mapping_of, text_of
from threadlore.types import Marks, Role

LINK = "https://discord.com/channels"
NORMAL = frozenset({"Default", "Reply", "0", "19", "20", "23"})
"""Written by somebody: plain, reply, and the answers of slash and context menu commands (20, 23)."""

_SOLVED_TITLE = re.compile(
    r"^\W*(solved|resolved|fixed|answered)\W|^\s*✅|[\[(](solved|resolved|fixed)[\])]\s*$", re.I
)
_EMOJI = re.compile(r"<a?:(\w{2,32}):\d{15,21}>")
_TIME = re.compile(r"<t:(-?\d{1,12})(?::[tTdDfFR])?>")
_ROLE = re.compile(r"<@&\d{15,21}>")
_CHANNEL = re.compile(r"<#(\d{15,21})>")
_COMMAND = re.compile(r"</([\w -]{1,100}):\d{15,21}>")
_PICTURE = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".mp4", ".mov", ".webm", ".heic")


def says_solved(title: str) -> bool:
    """Tell whether the title of a thread says that it is solved.

    >>> says_solved("[SOLVED] milvus does not start"), says_solved("not solved yet")
    (True, False)
    """
    return bool(_SOLVED_TITLE.search(title))


def author_of(raw: dict[str, Any]) -> IncomingAuthor:
    """Return the author of an exported message; one without an id is known by its name alone."""
    names = tuple(dict.fromkeys(filter(None, (text_of(raw.get("nickname")), text_of(raw.get("name"))))))
    native_id = text_of(raw.get("id")) or (f"name:{names[-1]}" if names else "unknown")
    roles = (text_of(mapping_of(role).get("name")) for role in list_of(raw.get("roles")))
    return IncomingAuthor(native_id, names, Role.BOT if raw.get("isBot") is True else role_from_names(roles))


def mentions_of(raw: dict[str, Any]) -> tuple[IncomingAuthor, ...]:
    """Return who a message addresses: those it mentions, and who called the command it answers."""
    people = [author_of(mapping_of(person)) for person in list_of(raw.get("mentions"))]
    caller = mapping_of(mapping_of(raw.get("interaction")).get("user"))
    if caller:
        people.append(author_of(caller))
    return tuple(people)


def marks_of(raw: dict[str, Any]) -> Marks:
    """Return the marks of a message; who reacted is personal data and is not read.

    A pin counts as one thanks: somebody who may moderate found the message worth keeping.
    """
    pairs: list[tuple[str, int]] = [("thanks", 1)] if raw.get("isPinned") is True else []
    for reaction in map(mapping_of, list_of(raw.get("reactions"))):
        emoji = mapping_of(reaction.get("emoji"))
        pairs.append(
            (text_of(emoji.get("name")) or text_of(emoji.get("code")), count_of(reaction.get("count")))
        )
    return marks_from_counts(pairs)


def message_text(raw: dict[str, Any]) -> str:
    """Return the text of a message: content, what it forwards, a bot's embeds, and named files."""
    parts = [readable(text_of(raw.get("content")))]
    forwarded = mapping_of(raw.get("forwardedMessage"))
    if forwarded:
        quoted = readable(text_of(forwarded.get("content"))) or _embeds(forwarded)
        parts.append("\n".join(f"> {line}" for line in quoted.splitlines()))
    if mapping_of(raw.get("author")).get("isBot") is True:
        parts.append(_embeds(raw))
    parts.append(_files(raw, bare=not any(parts)))
    return "\n".join(part for part in parts if part)


def readable(text: str) -> str:
    """Return raw Discord markup as a reader sees it; people's mentions are left for the scrubber."""
    if "<" not in text:
        return text
    text = _EMOJI.sub(r":\1:", text)
    text = _TIME.sub(_moment, text)
    text = _ROLE.sub("@role", text)
    text = _COMMAND.sub(r"/\1", text)
    return _CHANNEL.sub("#channel", text)


def _moment(found: re.Match[str]) -> str:
    try:
        return datetime.fromtimestamp(int(found.group(1)), tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return found.group(0)


def _embeds(raw: dict[str, Any]) -> str:
    lines: list[str] = []
    for embed in map(mapping_of, list_of(raw.get("embeds"))):
        lines += [text_of(embed.get("title")), readable(text_of(embed.get("description")))]
        for field in map(mapping_of, list_of(embed.get("fields"))):
            name, value = text_of(field.get("name")), readable(text_of(field.get("value")))
            lines.append(f"{name}: {value}" if name and value else name or value)
    return "\n".join(line for line in lines if line)


def _files(raw: dict[str, Any], *, bare: bool) -> str:
    """Name attached logs and configurations; pictures only where the message says nothing else."""
    names = [text_of(mapping_of(item).get("fileName")) for item in list_of(raw.get("attachments"))]
    shown = [f"[file: {name}]" for name in names if name and not name.lower().endswith(_PICTURE)]
    if bare:
        shown += [f"[image: {name}]" for name in names if name.lower().endswith(_PICTURE)]
        stickers = (text_of(mapping_of(item).get("name")) for item in list_of(raw.get("stickers")))
        shown += [f"[sticker: {name}]" for name in stickers if name]
    return "\n".join(shown)
