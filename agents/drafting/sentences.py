"""Cuts text into sentences and code blocks: the pieces that are quoted and that are cited."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]*(?P<fence>```+|~~~+)(?P<info>[^\n`]*)$")
_LIST_ITEM = re.compile(r"^[ \t]{0,8}(?:[-*+•]|\d{1,2}[.)])[ \t]+")
_BREAK = re.compile(
    r"(?P<end>[.!?…]+[\"'”’)\]*_`]*)(?=\s+\S)|(?P<wide>[。！？]+[”」』）]*)(?=\S)|(?<=\S)\s*\n\s*\n\s*"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|resp|incl|cf|fig|no|nr|ver|min|max|mr|ms|dr|st|inc|ltd|dept)"
    r"|(?:^|[\s(])[A-Za-z])\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of prose, or a code block without its fences."""

    text: str
    code: bool = False
    info: str = ""


def one_line(text: str) -> str:
    r"""Return `text` with every run of white space as one space: how quotes are compared.

    >>> one_line(" a\n  b ")
    'a b'
    """
    return " ".join(text.split())


def split_sentences(prose: str) -> list[str]:
    """Cut prose without code blocks into sentences, white space normalised.

    Versions, file names and abbreviations end no sentence; a list item and an empty line do.

    >>> split_sentences("Use 2.6.3, e.g. from Docker. Then restart it! ok?")
    ['Use 2.6.3, e.g. from Docker.', 'Then restart it!', 'ok?']
    """
    found: list[str] = []
    for paragraph in _paragraphs(prose):
        start = 0
        for match in _BREAK.finditer(paragraph):
            end = match.end()
            if _goes_on(paragraph[start : match.start()], match[0], paragraph[match.start() :]):
                continue
            if match["end"] and _ABBREVIATION.search(paragraph[start:end]):
                continue
            found.append(one_line(paragraph[start:end]))
            start = end
        found.append(one_line(paragraph[start:]))
    return [sentence for sentence in found if sentence]


def _goes_on(before: str, end: str, rest: str) -> bool:
    """Return whether the end of a sentence is none: inside a code span, or in a pattern as `minio.*`."""
    inside = before.count("`") % 2 == 1 and "`" in rest
    trails = end.rstrip(")]").endswith(("…", "...")) and rest.lstrip(".…)] ")[:1].islower()
    return inside or trails or ("*" in end and "*" not in before)


def _paragraphs(prose: str) -> list[str]:
    """Join lines that were only wrapped; a list item, a heading and an empty line stand alone."""
    groups: list[list[str]] = [[]]
    for line in prose.split("\n"):
        if not line.strip():
            groups.append([])
            continue
        starts = _LIST_ITEM.match(line) or line.lstrip().startswith(("#", "|", ">"))
        previous = groups[-1][-1] if groups[-1] else ""
        if starts or previous.lstrip().startswith(("#", "|")):
            groups.append([])
        groups[-1].append(_LIST_ITEM.sub("", line, count=1) if starts else line)
    return [" ".join(group) for group in groups if group]


def pieces(text: str) -> list[Piece]:
    """Cut a message or a document into sentences and fenced code blocks, in order.

    A line that ends without punctuation ends a sentence too when the next one begins a new line in
    chat: people press return instead of writing a full stop.
    """
    found: list[Piece] = []
    prose: list[str] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        match = _FENCE.match(lines[at])
        if not match:
            prose.append(lines[at])
            at += 1
            continue
        end = _closing(lines, at, match["fence"])
        found.extend(Piece(sentence) for sentence in split_sentences(_as_chat("\n".join(prose))))
        prose = []
        code = "\n".join(lines[at + 1 : end]).strip("\n")
        if code.strip():
            found.append(Piece(code, code=True, info=match["info"].strip()))
        at = end + 1
    found.extend(Piece(sentence) for sentence in split_sentences(_as_chat("\n".join(prose))))
    return found


def _closing(lines: list[str], opened: int, fence: str) -> int:
    for at in range(opened + 1, len(lines)):
        if lines[at].strip().startswith(fence[:3]) and not lines[at].strip().strip(fence[0]):
            return at
    return len(lines)


def _as_chat(prose: str) -> str:
    """Make a line break a sentence end where it is no wrapping: short line, capital after it."""
    lines = prose.split("\n")
    out: list[str] = []
    for line in lines:
        if out and out[-1].strip() and len(out[-1]) < 70 and line[:1].strip() and not line[:1].islower():
            out.append("")
        out.append(line)
    return "\n".join(out)
