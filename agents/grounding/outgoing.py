"""What a chat model wrote goes out as plain sentences only: nothing that acts, hides, pings or leads away."""

from __future__ import annotations

import re
from collections.abc import Collection

from threadlore.agents.drafting.hosts import links_allowed
from threadlore.agents.drafting.sentences import one_line
from threadlore.agents.drafting.wording import is_hostile
from threadlore.cleaning import clean

_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)[^`\n]+?(?<!`)\1(?!`)")
"""Code, of which nothing acts. A backtick behind a backslash begins none: what follows it is live."""
_MENTION = re.compile(r"[@＠](?:everyone|here)\b|<(?:[@#]|a?:\w+:|t:\d)|(?<![\w.+-])@[A-Za-z]", re.IGNORECASE)
_HTML = re.compile(r"<[A-Za-z!/?]|&#?\w{2,8};")
_IMAGE = re.compile(r"!\[")
_MARKUP_LINK = re.compile(r"\]\s?\(|\]\s?\[|^\s{0,3}\[[^\]]+\]:|<https?:", re.MULTILINE | re.IGNORECASE)
_MARK = re.compile(r"\[\d{1,3}\]")
_SCHEME = re.compile(
    r"\b(?:javascript|vbscript)\s?:|\bdata:(?:\w+/\w|\w*[;,]\w)"
    r"|\b(?:file|steam|discord|ms-\w+|tel|blob|wss?|smb|sftp|h[tx]{2}ps?(?<!http)(?<!https))://"
    r"|\bmailto:\S|\bhttps?:(?:/?(?=[a-z\d])|\\)(?!\d+\b)|(?<![:\w/])//[\w-]+\.\w",
    re.IGNORECASE,
)
"""Addresses that open something, and half addresses that a browser completes."""
_BARE_HOST = re.compile(
    r"(?<![A-Za-z0-9_@./:-])(?:[a-z0-9\u0370-\u04ff](?:[a-z0-9\u0370-\u04ff-]*[a-z0-9\u0370-\u04ff])?[.。．｡])+"
    r"(?:(?:com|net|org|io|ru|cn|xyz|gg|example|invalid|test|top|club|shop|online|site|live|tk|ly|co|biz|zip"
    r"|ai|page|link|click|icu|cc|me|us|uk|eu|de|fr|su|pw|рф)(?![\w-])(?:/[^\s<>\"'`)\]]*)?"
    r"|(?:dev|app|info|store|cloud|tech|in|to|space|website|win|vip|pro|fun|blog|run|host|xn--\w+)/[^\s<>\"'`)\]]*)",
    re.IGNORECASE,
)
"""Something that a reader, or a program that finds links, takes for an address without its scheme."""
_MAIL = re.compile(r"[\w.+-]@((?:[\w-]+\.)+[A-Za-z]\w+)")
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{|\{%|\{#|<\||\[/?INST\]", re.IGNORECASE)
_STEP_OUT = re.compile(r"</?\s*(?:data|system|assistant|user)\b", re.IGNORECASE)


def objection(text: str, hosts: Collection[str]) -> str:
    """Return why `text`, a sentence that a model wrote, may not go out; empty where it may.

    `hosts` are those that links may go to, with their parts.

    >>> objection("Use HNSW, see https://milvus.io/docs", {"milvus.io"})
    ''
    >>> objection("ping @everyone", ())
    'it mentions somebody'
    """
    if one_line(clean(text)) != one_line(text):
        return "it holds characters that nobody can see"
    if _FENCE.search(text):
        return "it opens a code block"
    plain = _CODE_SPAN.sub(" ", text)
    for pattern, reason in _ACTS:
        if pattern.search(plain):
            return reason
    if is_hostile(text):
        return "it speaks to a model or a reviewer"
    return _foreign_link(text, hosts)


def code_objection(code: str, hosts: Collection[str]) -> str:
    """Return why a code block may not go out; empty where it may."""
    if clean(code).split() != code.split():
        return "it holds characters that nobody can see"
    if re.search(r"@(?:everyone|here)\b|<[@#][!&]?\d", code):
        return "it mentions somebody"
    if is_hostile(code):
        return "it speaks to a model or a reviewer"
    return "" if links_allowed(code, hosts) else "it leads to a foreign host"


def _foreign_link(text: str, hosts: Collection[str]) -> str:
    bare = [f"https://{found[0]}" for found in _BARE_HOST.finditer(text)]
    bare += [f"https://{found[1]}" for found in _MAIL.finditer(text)]
    if links_allowed(" ".join([text, *bare]), hosts):
        return ""
    return "it leads to a foreign host"


_ACTS = (
    (_MENTION, "it mentions somebody"),
    (_IMAGE, "it holds an image"),
    (_MARKUP_LINK, "it hides a link behind words"),
    (_MARK, "it holds a mark of its own"),
    (_STEP_OUT, "it plays a turn of the exchange"),
    (_HTML, "it holds HTML"),
    (_SCHEME, "it holds a link that acts"),
    (_TEMPLATE, "it holds a template"),
)
