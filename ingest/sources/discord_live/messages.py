"""A message of Discord's API as the exporter would have written it, so that both bring in the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from threadlore.incoming import IncomingAuthor, IncomingMessage
from threadlore.ingest.discord_text import LINK, NORMAL, marks_of, message_text
from threadlore.ingest.values import instant_of, list_of, mapping_of, text_of
from threadlore.types import MessageKind, Role

PAGE = 100
"""Most messages that one request returns."""

RoleOf = Callable[[str], Role]
"""Takes a person's native id."""

_REPLY = "19"
_THREAD_STARTER = "21"
_HAS_THREAD = 1 << 5
_TEXT_DISPLAY = 10
_EPOCH_MS = 1_420_070_400_000


@dataclass(frozen=True, slots=True)
class Setting:
    """Where messages were read: ids of guild, channel and thread, when, and what is known of the guild.

    `role_of` tells the role of a person by native id; `threads` are the ids of the threads that are known.
    """

    guild: str
    channel: str
    thread: str | None
    role_of: RoleOf
    threads: Collection[str]
    observed_at: datetime

    @property
    def url(self) -> str:
        """Link to the place."""
        return f"{LINK}/{self.guild}/{self.thread or self.channel}"


def snowflake(value: Any) -> int:
    """Return an id as a number, 0 where there is none; ids order messages by time."""
    text = text_of(value)
    return int(text) if text.isdecimal() and len(text) < 21 else 0


def minted_at(native_id: int) -> datetime:
    """Return the time that an id holds (milliseconds since 2015 above bit 22)."""
    return datetime.fromtimestamp(((native_id >> 22) + _EPOCH_MS) / 1000, UTC)


def id_at(moment: datetime) -> int:
    """Return the lowest id of a moment."""
    return max(0, int(moment.timestamp() * 1000) - _EPOCH_MS) << 22


def incoming(raw: Mapping[str, Any], setting: Setting) -> list[IncomingMessage]:
    """Return the message that a JSON object holds, and the one that it says a thread was opened on.

    Nothing where it has no id or no time. A thread opened on a message has that message's id; its own
    first message (type 21) only points there.
    """
    found = []
    kind = text_of(raw.get("type"))
    starter = mapping_of(raw.get("referenced_message"))
    if kind == _THREAD_STARTER and starter and text_of(starter.get("id")) == setting.thread:
        parent = replace(setting, thread=None)
        opened = _message(starter, parent, thread=setting.thread)
        found += [opened] if opened else []
    message = _message(raw, setting, thread=setting.thread or _opened_thread(raw, setting.threads))
    return [*found, message] if message else found


def blank(raw: Mapping[str, Any], me: str) -> bool:
    """Tell whether a written message came without anything, as it does without the content intent.

    The bot's own messages, and those that mention it, come with their content always.
    """
    held = ("content", "embeds", "attachments", "components", "poll", "sticker_items", "message_snapshots")
    return (
        text_of(raw.get("type")) in NORMAL
        and text_of(mapping_of(raw.get("author")).get("id")) != me
        and not any(raw.get(name) for name in held)
    )


def all_blank(page: Sequence[Mapping[str, Any]], me: str, fewest: int = 1) -> bool:
    """Tell whether a page looks as one does without the intent: `fewest` written messages, all blank."""
    written = [raw for raw in page if _by_others(raw, me)]
    return len(written) >= fewest and all(blank(raw, me) for raw in written)


def _by_others(raw: Mapping[str, Any], me: str) -> bool:
    people = [text_of(mapping_of(person).get("id")) for person in list_of(raw.get("mentions"))]
    author = text_of(mapping_of(raw.get("author")).get("id"))
    return text_of(raw.get("type")) in NORMAL and author != me and me not in people


def person(raw: Any, role_of: RoleOf) -> IncomingAuthor:
    """Return who a user object is, under all names that others may use."""
    user = mapping_of(raw)
    nick = mapping_of(user.get("member")).get("nick")
    names = (text_of(nick), text_of(user.get("global_name")), text_of(user.get("username")))
    known = tuple(dict.fromkeys(filter(None, names)))
    identity = text_of(user.get("id")) or (f"name:{known[-1]}" if known else "unknown")
    role = Role.BOT if user.get("bot") is True else role_of(identity)
    return IncomingAuthor(identity, known, role)


def _opened_thread(raw: Mapping[str, Any], threads: Collection[str]) -> str | None:
    flags, native_id = raw.get("flags"), text_of(raw.get("id"))
    flagged = isinstance(flags, int) and flags & _HAS_THREAD and native_id in threads
    return native_id or None if raw.get("thread") or flagged else None


def _message(raw: Mapping[str, Any], setting: Setting, thread: str | None) -> IncomingMessage | None:
    native_id, created_at = text_of(raw.get("id")), instant_of(raw.get("timestamp"))
    if not native_id or created_at is None:
        return None
    kind = text_of(raw.get("type"))
    normal = kind in NORMAL
    exported = _as_exported(raw)
    reference = mapping_of(raw.get("message_reference"))
    mentions = [person(one, setting.role_of) for one in list_of(raw.get("mentions"))]
    caller = _caller(raw)
    return IncomingMessage(
        native_id=native_id,
        channel_id=setting.channel,
        author=_author(raw, setting.role_of),
        text=message_text(exported) if normal else text_of(raw.get("content")),
        created_at=created_at,
        thread_id=thread,
        kind=MessageKind.NORMAL if normal else MessageKind.SYSTEM,
        edited_at=instant_of(raw.get("edited_timestamp")),
        reply_to=(text_of(reference.get("message_id")) or None) if kind == _REPLY else None,
        mentions=(*mentions, person(caller, setting.role_of)) if caller else tuple(mentions),
        url=f"{setting.url}/{native_id}",
        marks=marks_of(exported),
        observed_at=setting.observed_at,
    )


def _author(raw: Mapping[str, Any], role_of: RoleOf) -> IncomingAuthor:
    author = {**mapping_of(raw.get("author")), "member": raw.get("member")}
    if _by_program(raw):
        author["bot"] = True
    return person(author, role_of)


def _by_program(raw: Mapping[str, Any]) -> bool:
    return mapping_of(raw.get("author")).get("bot") is True or bool(raw.get("webhook_id"))


def _caller(raw: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("interaction_metadata", "interaction"):
        user = mapping_of(mapping_of(raw.get(name)).get("user"))
        if user:
            return user
    return {}


def _as_exported(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `message_text` and `marks_of` read, under the exporter's names."""
    by_program = _by_program(raw)
    shown = [text_of(raw.get("content")), *_poll(raw)]
    if by_program:
        shown += _components(raw.get("components"))
    snapshots = [mapping_of(mapping_of(one).get("message")) for one in list_of(raw.get("message_snapshots"))]
    return {
        "content": "\n".join(text for text in shown if text),
        "author": {"isBot": by_program},
        "embeds": raw.get("embeds"),
        "attachments": [
            {"fileName": mapping_of(item).get("filename")} for item in list_of(raw.get("attachments"))
        ],
        "stickers": raw.get("sticker_items"),
        "reactions": raw.get("reactions"),
        "forwardedMessage": snapshots[0] if snapshots else None,
        "isPinned": raw.get("pinned"),
    }


def _poll(raw: Mapping[str, Any]) -> Iterable[str]:
    poll = mapping_of(raw.get("poll"))
    yield text_of(mapping_of(poll.get("question")).get("text"))
    for answer in map(mapping_of, list_of(poll.get("answers"))):
        text = text_of(mapping_of(answer.get("poll_media")).get("text"))
        if text:
            yield f"- {text}"


def _components(value: Any, depth: int = 0) -> Iterable[str]:
    """Yield the texts of newer messages, which have components in place of content (flag 1 << 15)."""
    if depth > 4:
        return
    for component in map(mapping_of, list_of(value)):
        if component.get("type") == _TEXT_DISPLAY:
            yield text_of(component.get("content"))
        yield from _components(component.get("components"), depth + 1)
