"""Answers of entries: Markdown by design, written by people and runs, so held to what is harmless.

Raw HTML is shown as text, images become links, links lead to http addresses alone, headings stay
below those of the page. What a parser still finds afterwards makes the whole answer plain text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from threadlore.cleaning import clean
from threadlore.publish.markdown import MACRO_MARKS, Markdown, inline

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(?:[^`]|(?!(?<!`)\1(?!`))`)+?(?<!`)\1(?!`)", re.DOTALL)
_TAG = re.compile(r"<(?!https?://[^\s<>]+>)")
_BAD_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?!https?://)[^()\s]*(?:\s+\"[^\"]*\")?\)")
_LINK_TARGET = re.compile(r"\](\s*)\((?!https?://)", re.IGNORECASE)
_DEFINITION = re.compile(r"^(\s*)\[(?=[^\]]*\]:\s*(?!https?://))", re.MULTILINE)
_BRACE = re.compile(r"(\\*)\{")
_MACRO = re.compile(r"\{(?=[%#])")
_MENTION = re.compile(r"(?<![\w/.])@(?=[\w&!])|@(?=everyone|here)")
_PING = re.compile(r"@(?=everyone|here)")
_HEADING = re.compile(r"^((?:[ >]|[-+*]\s|\d+[.)]\s)*)(#{1,6})(?!#)(\s)?", re.MULTILINE)
_DIRECTIVE = re.compile(r"^([ >]*)(:::|///|!!!|\?\?\?|===|--8<--)", re.MULTILINE)
_UNDERLINE = re.compile(r"^([ >]*)(=)(?==*[ \t]*$)|(?<=\S\n)([ >]*)(-)(?=-*[ \t]*$)", re.MULTILINE)
_SENTINEL = "threadlore-end-of-answer"


def render_answer(text: str) -> Markdown:
    """Return the answer of an entry for a page, harmless whatever it holds."""
    kept = "\n".join(_keep_indents(line) for line in re.split(r"\r\n?|\n", text)).strip("\n")
    safe = _sanitise(kept)
    return Markdown(safe) if _is_harmless(safe) else _plain(text)


def has_macros(text: str) -> bool:
    """Tell whether code in `text` looks like a template macro, which a page must switch off."""
    return any(mark in text for mark in MACRO_MARKS)


def _keep_indents(line: str) -> str:
    body = line.lstrip(" \t")
    indent = line[: len(line) - len(body)].replace("\t", "    ")
    return indent + clean(body)


def _plain(text: str) -> Markdown:
    blocks = [inline(block) for block in re.split(r"\n\s*\n", clean(text)) if block.strip()]
    return Markdown("\n\n".join(blocks))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def _sanitise(text: str) -> str:
    lines = text.split("\n")
    block: list[str] = []
    done: list[str] = []
    code = _code_lines(text)
    for number, line in enumerate(lines):
        if number in code:
            done.extend(_prose("\n".join(block)).split("\n") if block else [])
            block = []
            done.append(_PING.sub("＠", line))
        else:
            block.append(line)
    done.extend(_prose("\n".join(block)).split("\n") if block else [])
    return "\n".join(done)


def _code_lines(text: str) -> set[int]:
    return {
        number
        for token in _parser().parse(text)
        if token.type in {"fence", "code_block"} and token.map
        for number in range(*token.map)
    }


def _prose(text: str) -> str:
    pieces = []
    position = 0
    for match in _CODE_SPAN.finditer(text):
        pieces.append(_text(text[position : match.start()]))
        pieces.append(_PING.sub("＠", match[0]))
        position = match.end()
    pieces.append(_text(text[position:]))
    return "".join(pieces)


def _text(text: str) -> str:
    text = _TAG.sub("&lt;", text)
    text = _BAD_LINK.sub(r"\1", text)
    text = text.replace("![", "\\![")
    text = _LINK_TARGET.sub(r"]\1\\(", text)
    text = _DEFINITION.sub(r"\1\\[", text)
    text = _MACRO.sub("&#123;", text)
    text = _BRACE.sub(lambda found: found[0] if len(found[1]) % 2 else f"{found[1]}\\{{", text)
    text = _MENTION.sub("＠", text)
    text = _DIRECTIVE.sub(lambda found: f"{found[1]}&#{ord(found[2][0])};{found[2][1:]}", text)
    text = _UNDERLINE.sub(_no_underline, text)
    return _HEADING.sub(_lower_heading, text)


def _no_underline(found: re.Match[str]) -> str:
    """Return a line of = or - that no longer makes the line above it a heading."""
    return f"{found[1]}&#61;" if found[2] else f"{found[3]}\\-"


def _lower_heading(found: re.Match[str]) -> str:
    """Return a heading below those of the page; without a space it is one in some renderers only."""
    if found[3] is None:
        return f"{found[1]}\\{found[2]}"
    return f"{found[1]}{found[2] if len(found[2]) > 2 else '###'}{found[3]}"


def _is_harmless(text: str) -> bool:
    """Tell whether a parser finds no tag, image, foreign link or large heading, and the end open."""
    tokens = _parser().parse(f"{text}\n\n{_SENTINEL}\n")
    last = tokens[-2] if len(tokens) > 1 else None
    if last is None or last.content != _SENTINEL or last.level != 1:
        return False
    return all(_allowed(token) for token in _flat(tokens))


def _flat(tokens: list[Token]) -> list[Token]:
    return [inner for token in tokens for inner in (token, *_flat(token.children or []))]


def _allowed(token: Token) -> bool:
    if token.type in {"html_block", "html_inline", "image"}:
        return False
    if token.type == "heading_open":
        return token.tag not in {"h1", "h2"}
    if token.type == "link_open":
        return str(token.attrGet("href") or "").lower().startswith(("http://", "https://"))
    return True
