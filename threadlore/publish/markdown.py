r"""Forum text on Markdown pages: whatever people wrote stays text, in every common renderer.

What CommonMark, GitHub and Python-Markdown all let us escape with a backslash is escaped so; what
only some of them do becomes an HTML character reference. Macros of site generators, mentions that
would ping somebody, and characters that nobody can see lose their power too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from threadlore.cleaning import clean

MACRO_MARKS = ("{{", "{%", "{#")
"""What template engines of site generators look for, in code too."""
MAX_INDENT = 16

_URL = re.compile(r"(?:(?:https?|ftp)://|www\.)[A-Za-z0-9:/?#!$&'()*+,;=%._~-]+", re.IGNORECASE)
_URL_END = re.compile(r"[.,;:!?'*_~)&]+$")
_BACKSLASHED = re.compile(r"[\\`*\[\]{]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_MACRO = re.compile(r"\{(?=[%#])")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_TILDE = re.compile(r"(?<![\s(])(?<!^)~|~(?![^\W_])")
_DOUBLED = re.compile(r"=(?==)|\+(?=\+)|\^")
_MENTION = re.compile(r"@(?=[\w&!#])")
_PING = re.compile(r"@(?=everyone|here)")
_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,})[^`\n]*\n(.*?)\n {0,3}\1[`~]* *$", re.MULTILINE | re.DOTALL)
_LEADING_NUMBER = re.compile(r"^(\d+)([.)])(?=\s|$)")
_LEADING_MARK = re.compile(
    r"^(?:[#>|]|-(?=[\s-]|$)|\+(?=\s|$)|:(?=[\s:]|$)|~(?=~)|=(?==*$|==)|([!?/])(?=\1\1))"
)
_PLAIN_YAML = re.compile(r"[^\w .,:;?'%+=/()-]")


class Markdown(str):
    """Text that is Markdown already: templates put it in as it stands, everything else is escaped."""

    __slots__ = ()


def inline(text: str) -> Markdown:
    r"""Return `text` on one line, with nothing in it that Markdown, HTML or a macro would act on.

    >>> inline("# <b>hi</b> @everyone *now*")
    '\\# &lt;b>hi&lt;/b> ＠everyone \\*now\\*'
    """
    return Markdown(_line(" ".join(clean(text).split())))


def _line(text: str) -> str:
    pieces = []
    position = 0
    for match in _URL.finditer(text):
        url = _URL_END.sub("", match[0])
        pieces.append(_escape(text[position : match.start()]))
        pieces.append(f"`{url}`")
        position = match.start() + len(url)
    pieces.append(_escape(text[position:]))
    line = "".join(pieces)
    if text.count("$") > 1:
        line = re.sub(r"(`[^`]*`)|\$", lambda found: found[1] or "&#36;", line)
    line = _LEADING_NUMBER.sub(r"\1\\\2", line)
    line = re.sub(r"(?<= )#(?=#*$)", r"\\#", line)
    return _LEADING_MARK.sub(lambda found: _lead(found[0]), line)


def _lead(mark: str) -> str:
    return f"\\{mark}" if mark in "#+-!" else f"&#{ord(mark)};"


def _escape(text: str) -> str:
    text = _ENTITY.sub("&amp;", text)
    text = _MACRO.sub("&#123;", text)
    text = _BACKSLASHED.sub(lambda found: f"\\{found[0]}", text)
    text = _UNDERSCORE.sub(r"\\_", text)
    text = _TILDE.sub("&#126;", text)
    text = _DOUBLED.sub(lambda found: f"&#{ord(found[0])};", text)
    text = _MENTION.sub("＠", text)
    return text.replace("<", "&lt;")


def cell(text: str) -> Markdown:
    """Return `text` for a cell of a table."""
    return Markdown(inline(text).replace("|", "&#124;"))


def quote(text: str) -> Markdown:
    r"""Return `text` as a block quote that keeps its lines, their indents and its closed code blocks.

    >>> quote("# first\n  *second*")
    '> \\# first  \n> \xa0\xa0\\*second\\*'
    """
    text = clean(text).strip("\n")
    quoted: list[str] = []
    position = 0
    for block in _FENCED.finditer(text):
        if any(mark in block[0] for mark in MACRO_MARKS):
            continue
        quoted += [*_quoted_lines(text[position : block.start()]), *_quoted_code(block[2])]
        position = block.end()
    quoted += _quoted_lines(text[position:])
    return Markdown("\n".join(quoted).strip("\n"))


def _quoted_lines(text: str) -> list[str]:
    if not text.strip():
        return []
    lines = text.strip("\n").split("\n")
    quoted = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        body = _line(" ".join(line.split()))
        indent = "\u00a0" * min(len(line) - len(line.lstrip()), MAX_INDENT) if body else ""
        hard_break = "  " if body and following.strip() else ""
        quoted.append(f"> {indent}{body}".rstrip(" ") + hard_break)
    return quoted


def _quoted_code(code: str) -> list[str]:
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    body = _PING.sub("＠", code).split("\n")
    return [">", *(f"> {line}".rstrip() for line in (fence, *body, fence)), ">"]


def shorten(text: str, limit: int) -> str:
    """Return `text` on one line of at most `limit` characters, cut between words.

    >>> shorten("how much memory do I need", 14)
    'how much …'
    """
    line = " ".join(clean(text).split())
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    cut = head.rfind(" ")
    return f"{head[: cut if cut > limit // 2 else limit - 2].rstrip()} …"


def web_address(url: str) -> str:
    """Return `url` so that it can stand in a link, or nothing if it is no plain http address."""
    try:
        parts = urlsplit(clean(url).strip())
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return ""
    return percent_encode(clean(url).strip(), safe="/:?#=&%+,;~!$'.-_")


def link(text: str, url: str) -> Markdown:
    """Return a link to a page on the web; only the text where `url` is no plain http address."""
    address = web_address(url)
    shown = cell(text) or Markdown("link")
    return Markdown(f"[{shown}]({address})") if address else shown


def page_link(text: str, path: str) -> Markdown:
    """Return a link to another page that we made; `path` is relative and ours."""
    return Markdown(f"[{cell(text) or 'page'}]({path})")


def code(text: str) -> Markdown:
    """Return an id or a command of ours as code; what holds anything unusual is escaped text."""
    if re.fullmatch(r"[A-Za-z0-9][\w .,:/=\"'-]*", text, re.ASCII):
        return Markdown(f"`{text}`")
    return inline(text)


def front_matter(fields: Mapping[str, str | bool]) -> Markdown:
    r"""Return a YAML header; values cannot leave their quotes, nor mean anything as Markdown.

    >>> print(front_matter({"title": "a: <b>"}))
    ---
    title: "a: \u003cb\u003e"
    ---
    """
    lines = ["---"]
    for name, value in fields.items():
        if isinstance(value, bool):
            lines.append(f"{name}: {str(value).lower()}")
            continue
        text = " ".join(clean(value).split())
        plain = _PLAIN_YAML.sub(_yaml_escape, text).replace("_", "\\u005f")
        lines.append(f'{name}: "{plain}"')
    return Markdown("\n".join([*lines, "---"]))


def _yaml_escape(found: re.Match[str]) -> str:
    character = found[0]
    if character > "\x7f":
        return character
    return json.dumps(character)[1:-1] if character < " " else f"\\u{ord(character):04x}"
