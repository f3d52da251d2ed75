"""A Markdown page as sections: front matter read, cut by heading, code kept, page furniture dropped."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from threadlore.ingest.values import text_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

CUT_LEVEL = 4
"""Headings up to this level open a section; deeper ones stay inside it."""

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_HTML_HEADING = re.compile(r"^\s*<h([1-6])\b([^>]*)>(.*?)</h\1>", re.IGNORECASE | re.DOTALL)
_ID_ATTRIBUTE = re.compile(r"""\bid\s*=\s*["']?([\w.:-]+)""")
_ANCHOR = re.compile(
    r"\s*\{#([\w.:-]+)[^}\n]*\}\s*$|\s*<a\s+(?:id|name)\s*=\s*[\"']([\w.:-]+)[\"'][^>]*>(?:</a>)?\s*"
)
_TAG_NAMES = """
a abbr article aside b blockquote br button center code col colgroup dd del details div dl dt em
figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr i iframe img input ins kbd label li
link main mark meta nav ol p picture pre s script section small source span strong style sub summary
sup svg table tbody td tfoot th thead tr u ul video path tabs tabitem tab admonition callout include
procedures variable note card cards
"""
_TAG = re.compile(
    rf"</?(?:{'|'.join(_TAG_NAMES.split())})\b(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*/?>", re.IGNORECASE
)
_SILENT = re.compile(r"<(script|style|svg)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|tr|ul|ol|table|h[1-6])>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]>\s*(?=<t[dh]\b)", re.IGNORECASE)
_ITEM = re.compile(r"<li\b[^>]*>\s*", re.IGNORECASE)
_CODE_TAG = re.compile(r"</?code\b[^>]*>", re.IGNORECASE)
_TEMPLATE = re.compile(
    r"\{%.*?%\}|\{\{.*?\}\}|^\{:.*?\}[ \t]*$|^:::.*$|^(?:import|export) .*?from ['\"].*$", re.MULTILINE
)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)(?:\{[^}\n]*\})?")
_LINK = re.compile(r"\[([^\]\n]+)\]\((?:<[^>\n]*>|[^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\)")
_BLANKS = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_INLINE = re.compile(r"[*_`]{1,3}")
_NOT_SLUG = re.compile(r"[^\w\- ]+")


@dataclass(frozen=True, slots=True)
class Section:
    """The text under one heading; `heading` names the headings above it too, joined by ` > `."""

    heading: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its sections; `slug` is its own address from the front matter, or empty."""

    title: str
    slug: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    line: int
    end: int
    level: int
    title: str
    anchor: str


def read_page(text: str, stem: str) -> Page:
    """Return a page cut into sections.

    Args:
        text: The Markdown, with or without YAML front matter.
        stem: Name of the file, the title of a page that has none.
    """
    front, body = _front_matter(text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", ""))
    lines = body.split("\n")
    headings, code = _structure(body)
    title = (
        text_of(front.get("title")) or next((item.title for item in headings if item.level == 1), "") or stem
    )
    slug = text_of(front.get("slug")) or text_of(front.get("permalink")) or text_of(front.get("id"))
    sections: list[Section] = []
    above: list[_Heading] = []
    starts = [_Heading(0, 0, 0, "", ""), *headings]
    for heading, following in zip(starts, [*headings, _Heading(len(lines), 0, 0, "", "")], strict=True):
        if heading.level:
            above = [item for item in above if item.level < heading.level] + [heading]
        content = _clean(lines, heading.end, following.line, code)
        if content:
            path = [
                item.title for item in above if item.title and not (item.level == 1 and item.title == title)
            ]
            sections.append(Section(" > ".join(path) or title, heading.anchor if path else "", content))
    return Page(title, slug, tuple(sections))


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    import yaml

    found = _FRONT.match(text)
    if found is None:
        return {}, text
    try:
        front = yaml.safe_load(found.group(1))
    except (yaml.YAMLError, ValueError, RecursionError):
        # Values with a bare colon are common in titles: read the plain lines at least.
        pairs = (line.partition(":") for line in found.group(1).splitlines() if ":" in line)
        front = {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}
    return (front if isinstance(front, dict) else {}), text[found.end() :]


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable(["inline", "text_join"], ignoreInvalid=True)


def _structure(body: str) -> tuple[list[_Heading], list[tuple[int, int]]]:
    """Return the headings, and the line ranges that are code."""
    headings: list[_Heading] = []
    code: list[tuple[int, int]] = []
    tokens = _parser().parse(body)
    for place, token in enumerate(tokens):
        if token.map is None:
            continue
        first, last = token.map
        if token.type in ("fence", "code_block"):
            code.append((first, last))
        elif token.type == "heading_open" and token.level == 0 and int(token.tag[1]) <= CUT_LEVEL:
            headings.append(_heading(first, last, int(token.tag[1]), tokens[place + 1].content))
        elif token.type == "html_block":
            found = _HTML_HEADING.match(token.content)
            if found and int(found.group(1)) <= CUT_LEVEL:
                named = _ID_ATTRIBUTE.search(found.group(2))
                end = first + found.group(0).count("\n") + 1
                anchor = named.group(1) if named else ""
                headings.append(_heading(first, end, int(found.group(1)), found.group(3), anchor))
    return headings, code


def _heading(first: int, last: int, level: int, raw: str, anchor: str = "") -> _Heading:
    found = _ANCHOR.search(raw)
    if found:
        anchor = anchor or found.group(1) or found.group(2)
        raw = _ANCHOR.sub("", raw)
    title = _INLINE.sub("", _prose(raw)).strip().rstrip("#").strip()
    return _Heading(first, last, level, title, anchor or slug_of(title))


def slug_of(title: str) -> str:
    """Return the anchor that most site generators make of a heading (the rule of GitHub).

    >>> slug_of("What's new in 2.6?")
    'whats-new-in-26'
    """
    return _NOT_SLUG.sub("", title.lower()).strip().replace(" ", "-")


def _clean(lines: list[str], first: int, last: int, code: list[tuple[int, int]]) -> str:
    """Return the text of some lines: prose cleaned, code as it is."""
    parts: list[str] = []
    position = first
    for start, end in code:
        if end <= first or start >= last:
            continue
        parts.append(_prose("\n".join(lines[position:start])).strip("\n"))
        parts.append("\n".join(lines[start : min(end, last)]).rstrip())
        position = min(end, last)
    parts.append(_prose("\n".join(lines[position:last])).strip("\n"))
    return _BLANKS.sub("\n\n", "\n\n".join(part for part in parts if part.strip())).strip()


def _prose(text: str) -> str:
    """Return Markdown prose without HTML tags, template marks, images and link targets."""
    if "<" in text:
        text = _SILENT.sub("", text)
        text = _CELL.sub(" | ", text)
        text = _BREAK.sub("\n", _ITEM.sub("- ", text))
        text = _TAG.sub("", _CODE_TAG.sub("`", text))
        text = "\n".join(
            line.strip() if not line.startswith(" ") else line.rstrip() for line in text.split("\n")
        )
    if "&" in text:
        text = html.unescape(text)
    text = _TEMPLATE.sub("", text)
    return _BLANKS.sub("\n\n", _LINK.sub(r"\1", _IMAGE.sub("", text)))
