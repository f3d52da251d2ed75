"""What issues and discussions of GitHub share: authors, mentions, reactions, readable bodies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from threadlore.incoming import IncomingAuthor
from threadlore.ingest.roles import marks_from_counts, role_from_association
from threadlore.ingest.values import count_of, list_of, mapping_of, text_of
from threadlore.types import Marks

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DETAILS = re.compile(r"</?(?:details|summary)>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`", re.DOTALL)
_MENTION = re.compile(
    r"(?<![\w@./`-])@([A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?)(?![\w/-])(?!\.\w)(?!\()"
)
_DELETED = "ghost"
_GRAPHQL = {
    "THUMBS_UP": "+1",
    "HEART": "heart",
    "HOORAY": "hooray",
    "ROCKET": "rocket",
    "THUMBS_DOWN": "-1",
    "LAUGH": "laugh",
    "EYES": "eyes",
    "CONFUSED": "confused",
}


def flattened(items: Iterable[Any]) -> Iterator[Any]:
    """Yield items; those that are pages themselves (`gh api --slurp`) one item at a time."""
    for item in items:
        if isinstance(item, list):
            yield from item
        else:
            yield item


def readable(body: str) -> str:
    """Return a body without the template's hidden comments and folding marks."""
    text = _COMMENT.sub("", body.replace("\r\n", "\n").replace("\r", "\n"))
    return _BLANK_LINES.sub("\n\n", _DETAILS.sub("", text)).strip()


def login_author(raw: Any, association: str) -> IncomingAuthor:
    """Return an author by login, which is what mentions use; a deleted account is `ghost`."""
    user = mapping_of(raw)
    login = text_of(user.get("login")) or _DELETED
    bot = "Bot" in (user.get("type"), user.get("__typename")) or login.endswith("[bot]")
    return IncomingAuthor(login.casefold(), (login,), role_from_association(association, bot=bot))


def mentions_in(body: str) -> tuple[IncomingAuthor, ...]:
    """Return who a body mentions, by GitHub's rule: `@login` outside code."""
    if "@" not in body:
        return ()
    logins = dict.fromkeys(found.casefold() for found in _MENTION.findall(_CODE.sub(" ", body)))
    return tuple(IncomingAuthor(login, (login,)) for login in logins)


def rest_reactions(raw: Any) -> Marks:
    """Return the marks of REST reactions, `{"+1": 2, "heart": 1, ...}`."""
    counts = mapping_of(raw)
    return marks_from_counts(
        (name, count_of(value)) for name, value in counts.items() if name not in {"url", "total_count"}
    )


def graphql_reactions(raw: dict[str, Any], *, answer: bool = False) -> Marks:
    """Return the marks of GraphQL `reactionGroups`; an answer counts as one mark of solved."""
    pairs: list[tuple[str, int]] = []
    for group in map(mapping_of, list_of(raw.get("reactionGroups"))):
        people = mapping_of(group.get("users") or group.get("reactors"))
        pairs.append(
            (_GRAPHQL.get(text_of(group.get("content")), "other"), count_of(people.get("totalCount")))
        )
    if not pairs and "upvoteCount" in raw:
        pairs.append(("+1", max(0, count_of(raw.get("upvoteCount")) - 1)))
    return marks_from_counts(pairs, solved=int(answer))
