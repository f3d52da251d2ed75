"""Small files of every format, written for these tests."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

GUILD = "900000000000000001"
CHANNEL = "900000000000000100"
THREAD = "900000000000000205"
ASKER = "900000000000000301"
HELPER = "900000000000000302"


def member(native_id: str, name: str, *, bot: bool = False, roles: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "id": native_id,
        "name": name.lower(),
        "discriminator": "0000",
        "nickname": name,
        "color": None,
        "isBot": bot,
        "roles": [{"id": "1", "name": role, "color": None, "position": 1} for role in roles],
        "avatarUrl": "a.png",
    }


def message(number: int, text: str, author: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"9000000000000002{number:02d}",
        "type": "Default",
        "timestamp": f"2026-03-01T10:{number:02d}:00.1234567+02:00",
        "timestampEdited": None,
        "callEndedTimestamp": None,
        "isPinned": False,
        "content": text,
        "author": author or member(ASKER, "Ann Lee"),
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": [],
        "mentions": [],
        "inlineEmojis": [],
    } | fields


def export(messages: list[dict[str, Any]], *, thread: bool = False, **fields: Any) -> dict[str, Any]:
    channel = {
        "id": CHANNEL,
        "type": "GuildTextChat",
        "categoryId": "5",
        "category": "Help",
        "name": "general",
    }
    if thread:
        channel = {
            "id": THREAD,
            "type": "GuildPublicThread",
            "categoryId": CHANNEL,
            "category": "general",
            "name": "Milvus does not start",
        }
    return {
        "guild": {"id": GUILD, "name": "Test", "iconUrl": ""},
        "channel": channel | {"topic": None},
        "dateRange": {"after": None, "before": None},
        "exportedAt": "2026-03-02T00:00:00+00:00",
        "messages": messages,
        "messageCount": len(messages),
    } | fields


def write_json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def discord_export(folder: Path) -> Path:
    reply = message(
        2,
        "@Ann Lee restart etcd, that helped me",
        member(HELPER, "Bob", roles=("Moderator",)),
        type="Reply",
        reference={
            "type": "Default",
            "messageId": "900000000000000201",
            "channelId": CHANNEL,
            "guildId": GUILD,
        },
        mentions=[member(ASKER, "Ann Lee")],
        reactions=[{"emoji": {"id": "", "name": "✅", "code": "white_check_mark"}, "count": 2, "users": []}],
    )
    return write_json(folder / "general.json", export([message(1, "why does milvus not start?"), reply]))


def issue(number: int, **fields: Any) -> dict[str, Any]:
    base = "https://api.github.com/repos/acme/vault"
    return {
        "url": f"{base}/issues/{number}",
        "repository_url": base,
        "comments_url": f"{base}/issues/{number}/comments",
        "html_url": f"https://github.com/acme/vault/issues/{number}",
        "id": 7000 + number,
        "number": number,
        "title": f"[Bug]: crash number {number}",
        "user": {"login": "Ann", "id": 1, "type": "User"},
        "labels": [{"name": "bug"}],
        "state": "open",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-03T00:00:00Z",
        "author_association": "NONE",
        "body": "<!-- fill in -->\r\nIt crashes, @bob please look. `@dataclass` is code.",
        "reactions": {"url": "", "total_count": 2, "+1": 2},
    } | fields


def comment(number: int, on: int, **fields: Any) -> dict[str, Any]:
    base = "https://api.github.com/repos/acme/vault"
    return {
        "url": f"{base}/issues/comments/{number}",
        "html_url": f"https://github.com/acme/vault/issues/{on}#issuecomment-{number}",
        "issue_url": f"{base}/issues/{on}",
        "id": number,
        "user": {"login": "bob", "id": 2, "type": "User"},
        "created_at": "2026-01-02T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z",
        "author_association": "MEMBER",
        "body": "Update the driver.",
        "reactions": {"heart": 1},
    } | fields


def github_issues(folder: Path) -> Path:
    pages = json.dumps([issue(1), issue(2, state="closed", state_reason="completed")]) + json.dumps(
        [issue(3)]
    )
    path = folder / "issues.json"
    path.write_text(pages, encoding="utf-8")
    return path


def discussion(number: int, **fields: Any) -> dict[str, Any]:
    url = f"https://github.com/acme/vault/discussions/{number}"
    reply = {
        "id": "R1",
        "databaseId": 31,
        "author": {"login": "ann"},
        "authorAssociation": "NONE",
        "createdAt": "2026-01-03T00:00:00Z",
        "body": "Thanks, works",
        "url": f"{url}#r31",
    }
    answer = {
        "id": "C1",
        "databaseId": 21,
        "author": {"login": "bob"},
        "authorAssociation": "MEMBER",
        "createdAt": "2026-01-02T00:00:00Z",
        "body": "Set the flag",
        "isAnswer": True,
        "url": f"{url}#c21",
        "reactionGroups": [{"content": "HEART", "users": {"totalCount": 3}}],
        "replies": {"nodes": [reply]},
    }
    return {
        "number": number,
        "title": "How do I set it?",
        "url": url,
        "body": "I want to set it",
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-05T00:00:00Z",
        "author": {"login": "ann"},
        "authorAssociation": "NONE",
        "isAnswered": True,
        "category": {"name": "Q&A"},
        "labels": {"nodes": [{"name": "config"}]},
        "comments": {"nodes": [answer]},
    } | fields


def github_discussions(folder: Path) -> Path:
    page = {
        "data": {
            "repository": {"discussions": {"nodes": [discussion(11)], "pageInfo": {"hasNextPage": False}}}
        }
    }
    return write_json(folder / "discussions.json", page)


THREAD_LINE = {
    "type": "thread",
    "id": "t1",
    "title": "Recall is low",
    "channel": "help",
    "url": "https://forum.example/t/1",
    "tags": ["index"],
    "solved": True,
    "messages": [
        {"id": "m1", "author": "ann", "at": "2026-01-01T00:00:00Z", "text": "Recall is only 60 %, why?"},
        {
            "id": "m2",
            "author": "bob",
            "role": "maintainer",
            "at": "2026-01-01T01:00:00Z",
            "text": "@ann raise ef",
            "reply_to": "m1",
            "mentions": ["ann"],
            "reactions": {"solved": 1, "thanks": 2, "other": 3},
        },
    ],
}
MESSAGE_LINE = {
    "type": "message",
    "id": "m9",
    "channel": "chat",
    "author": "cleo",
    "at": 1767225600,
    "text": "hello there",
}


def jsonl(folder: Path) -> Path:
    path = folder / "forum.jsonl"
    path.write_text("\n".join(map(json.dumps, (THREAD_LINE, MESSAGE_LINE))) + "\n", encoding="utf-8")
    return path


def jsonl_gz(folder: Path) -> Path:
    path = folder / "forum.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(THREAD_LINE).encode()))
    return path


PAGE = """---
id: install.md
title: "Install it"
---

# Install it

Intro with a [link](other.md) and ![picture](a.png).

## Download

```bash
# no heading, a comment
wget <url>
```

<table><tr><td>Port</td><td>19530</td></tr></table>

## Download

Again, {{fragments/x.md}} with `code`.

### Windows {#win}

Use <your-path>.
"""


def docs(folder: Path) -> Path:
    target = folder / "handbook"
    (target / "guide").mkdir(parents=True)
    (target / "guide" / "install.md").write_text(PAGE, encoding="utf-8")
    (target / "index.md").write_text("Welcome\n=======\n\nHello.\n", encoding="utf-8")
    return target


def tar_of(folder: Path, members: dict[str, bytes], name: str = "docs.tar.gz") -> Path:
    path = folder / name
    with tarfile.open(path, "w:gz") as archive:
        for inside, data in members.items():
            info = tarfile.TarInfo(inside)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def discord_package(folder: Path) -> Path:
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Messages/index.json", json.dumps({CHANNEL: "general"}))
        archive.writestr(f"Messages/c{CHANNEL}/messages.json", json.dumps([{"ID": 1, "Contents": "hi"}]))
    return path
