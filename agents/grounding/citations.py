"""Checks an answer by code: every sentence cites, every quote is in its source, every claim in a quote."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from threadlore.agents.drafting.sentences import one_line, split_sentences
from threadlore.agents.grounding.claims import missing_claims
from threadlore.agents.grounding.outgoing import code_objection, objection
from threadlore.agents.grounding.support import Grounds, unsupported
from threadlore.types import Citation

CONTESTED_NOTE = "The threads give different answers; each stands with its date."
"""The one sentence that the program itself may write without a citation."""

_MARKS = re.compile(r"\s*((?:\[\d{1,3}\])+)")
_ONLY_MARKS = re.compile(r"^\s*(?:\[\d{1,3}\]\s*)+$")
_NUMBER = re.compile(r"\[(\d{1,3})\]")
_FENCE = re.compile(r"^\s*(```+|~~~+)")
_ITEM = re.compile(r"^(\s*(?:[-*+]|\d{1,3}[.)])\s+)")


@dataclass(frozen=True, slots=True)
class SourceText:
    """What a citation points to: its text, and what the program knows of it (date, role, version)."""

    text: str
    known: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence or code block that was cut, with the reason."""

    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands of an answer. `used` are indexes of citations that still carry a sentence."""

    answer: str
    findings: tuple[Finding, ...] = ()
    used: tuple[int, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was cut."""
        return not self.findings


@dataclass(slots=True)
class _Unit:
    text: str
    marks: tuple[int, ...] = ()
    code: bool = False
    written: str = ""
    """How it stands in the answer, with its marks."""


@dataclass(slots=True)
class _Block:
    prefix: str = ""
    units: list[_Unit] = field(default_factory=list)
    tight: bool = False
    """Follows the block before it without an empty line, as the items of a list do."""


def quote_found(quote: str, source: str) -> bool:
    r"""Return whether `quote` stands letter for letter in `source`, white space aside.

    >>> quote_found("set it to 8", "You can\nset it  to 8.")
    True
    """
    wanted = one_line(quote)
    return bool(wanted) and wanted in one_line(source)


def verify_answer(
    answer: str,
    citations: Sequence[Citation],
    sources: Mapping[str, SourceText],
    grounds: Grounds | None = None,
    refused: Mapping[str, str] | None = None,
) -> Verdict:
    """Return what stands of `answer` (Markdown whose marks `[n]` are numbers of `citations`, from 1).

    A sentence, list item or code block stands when it cites, each quote it cites is found in its
    source, and every number, version, flag and API name of it occurs in those quotes or in what is
    known of their sources. For a tool's citation the source is the whole result.

    With `grounds` the sentences are a model's: they must be plain, lead nowhere else, and their words
    must be those of what they cite. `refused` are sentences that fell elsewhere, with the reason.
    """
    findings: list[Finding] = []
    used: set[int] = set()
    kept: list[_Block] = []
    for block in _blocks(answer):
        units = []
        for unit in block.units:
            reason = (refused or {}).get(unit.text) or _objection(unit, citations, sources, grounds)
            if reason:
                findings.append(Finding(unit.text, reason))
            else:
                units.append(unit)
                used.update(mark - 1 for mark in unit.marks)
        if units:
            kept.append(_Block(block.prefix, units, block.tight))
        elif kept and kept[-1].units[-1].text.endswith((":", "：")) and block.units[0].code:
            lead = kept[-1].units.pop()
            findings.append(Finding(lead.text, "leads in to a code block that was cut"))
            if not kept[-1].units:
                kept.pop()
    return Verdict(_joined(kept), tuple(findings), tuple(sorted(used)))


def citation_marks(answer: str) -> list[tuple[str, tuple[int, ...]]]:
    """Return (text, indexes into the citations) of every sentence, list item and code block."""
    return [
        (unit.text, tuple(mark - 1 for mark in unit.marks))
        for block in _blocks(answer)
        for unit in block.units
    ]


def renumber(answer: str, used: Sequence[int]) -> str:
    """Return `answer` with its marks counted over the citations `used` (old indexes, in new order)."""
    new = {old + 1: place for place, old in enumerate(used, start=1)}

    def again(match: re.Match[str]) -> str:
        return "".join(f"[{new[int(n)]}]" for n in _NUMBER.findall(match[0]) if int(n) in new)

    for block in (blocks := _blocks(answer)):
        for unit in block.units:
            head, marks = (
                unit.written[: len(unit.written) - _marks_length(unit)],
                unit.written[-_marks_length(unit) :],
            )
            unit.written = head + _NUMBER.sub(again, marks) if unit.marks else unit.written
    return _joined(blocks)


def _marks_length(unit: _Unit) -> int:
    return len(_shown(unit.marks))


def _objection(
    unit: _Unit,
    citations: Sequence[Citation],
    sources: Mapping[str, SourceText],
    grounds: Grounds | None,
) -> str:
    if unit.text == CONTESTED_NOTE:
        return ""
    evidence, reason = _evidence(unit, citations, sources)
    if reason:
        return reason
    if grounds is not None:
        judge = code_objection if unit.code else objection
        reason = judge(unit.text, grounds.hosts)
        if reason:
            return reason
    whole = "\n".join(evidence)
    if one_line(unit.text).casefold() in one_line(whole).casefold():
        return ""
    if unit.code:
        return "the code block is not in its source"
    if grounds is not None:
        return unsupported(unit.text, evidence, grounds)
    lacking = missing_claims(unit.text, whole)
    return f"not in the evidence: {', '.join(lacking)}" if lacking else ""


def _evidence(
    unit: _Unit, citations: Sequence[Citation], sources: Mapping[str, SourceText]
) -> tuple[list[str], str]:
    """Return what a unit may say, from its citations; or why one of them does not count."""
    if not unit.marks:
        return [], "cites nothing"
    evidence: list[str] = []
    for mark in unit.marks:
        if not 1 <= mark <= len(citations):
            return [], f"cites [{mark}], which does not exist"
        cited = citations[mark - 1]
        source = sources.get(cited.source_id)
        if source is None:
            return [], f"the source of [{mark}] is gone"
        if not quote_found(cited.quote, source.text):
            return [], f"the quote of [{mark}] is not in its source"
        evidence += [source.text if cited.kind == "tool" else cited.quote, source.known]
    return evidence, ""


def _blocks(answer: str) -> list[_Block]:
    blocks: list[_Block] = []
    lines = answer.split("\n")
    at = 0
    gap = True
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            gap, at = True, at + 1
        elif fence := _FENCE.match(line):
            end = _fence_end(lines, at, fence[1])
            block, at = _code_block(lines, at, end)
            blocks.append(block)
            gap = True
        else:
            end = at + 1
            while end < len(lines) and _continues(lines[end]):
                end += 1
            prefix = match[1] if (match := _ITEM.match(line)) else ""
            text = " ".join([line[len(prefix) :], *lines[at + 1 : end]])
            blocks.append(_Block(prefix, _units(text), tight=bool(prefix) and not gap))
            gap, at = False, end
    return [block for block in blocks if block.units]


def _continues(line: str) -> bool:
    return bool(line.strip()) and not _FENCE.match(line) and not _ITEM.match(line)


def _fence_end(lines: list[str], at: int, fence: str) -> int:
    for end in range(at + 1, len(lines)):
        stripped = lines[end].strip()
        if stripped.startswith(fence) and not stripped.strip(fence[0]):
            return end
    return len(lines) - 1


def _code_block(lines: list[str], at: int, end: int) -> tuple[_Block, int]:
    """Return the code block of lines at..end, with the marks on the next line that has any."""
    after = end + 1
    while after < len(lines) and not lines[after].strip():
        after += 1
    code = "\n".join(lines[at + 1 : end])
    written = "\n".join(lines[at : end + 1])
    if after < len(lines) and _ONLY_MARKS.match(lines[after]):
        marks = tuple(int(n) for n in _NUMBER.findall(lines[after]))
        return _Block(units=[_Unit(code, marks, True, f"{written}\n\n{_shown(marks)}")]), after + 1
    return _Block(units=[_Unit(code, (), True, written)]), end + 1


def _shown(marks: Sequence[int]) -> str:
    return "".join(f"[{mark}]" for mark in marks)


def _units(text: str) -> list[_Unit]:
    units: list[_Unit] = []
    start = 0
    for match in _MARKS.finditer(text):
        marks = tuple(int(n) for n in _NUMBER.findall(match[1]))
        sentences = split_sentences(text[start : match.start()])
        start = match.end()
        if not sentences and units:
            units[-1].marks += marks
            units[-1].written += _shown(marks)
            continue
        units.extend(_Unit(sentence, written=sentence) for sentence in sentences[:-1])
        if sentences:
            units.append(_Unit(sentences[-1], marks, written=f"{sentences[-1]} {_shown(marks)}"))
    units.extend(_Unit(sentence, written=sentence) for sentence in split_sentences(text[start:]))
    return units


def _joined(blocks: Sequence[_Block]) -> str:
    text, listed = "", False
    for block in blocks:
        body = block.prefix + " ".join(unit.written for unit in block.units)
        close = block.tight and listed
        text += ("\n" if close else "\n\n") + body if text else body
        listed = bool(block.prefix)
    return text
