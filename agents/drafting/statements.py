"""From the claims of a model to an answer in Markdown: each with citations whose quotes were found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from threadlore.agents.drafting.composing import Composed, fenced, is_plain
from threadlore.agents.drafting.evidence import MAX_CODE_LINES, is_log_block
from threadlore.agents.drafting.replies import Cited, Statement
from threadlore.agents.drafting.sentences import pieces, split_sentences
from threadlore.agents.drafting.wording import as_sentence
from threadlore.agents.grounding.citations import Finding, quote_found
from threadlore.types import Citation

MAX_CLAIMS = 12
SHORTEST_QUOTE = 8
"""Characters below which a quote is found by chance, unless it is a whole sentence."""

TELLING_QUOTE = 20
"""Characters from which a quote says where it stands, whatever its reference says."""

LONGEST_SENTENCE = 420


@dataclass(frozen=True, slots=True)
class Citable:
    """Something that a claim may cite, by its local reference."""

    id: str
    kind: Literal["message", "document", "tool"]
    text: str
    url: str = ""
    question_id: str = ""
    day: date | None = None


@dataclass(slots=True)
class Stated:
    """An answer made of claims, with what was refused already. `first` is the sentence that answers."""

    answer: Composed = field(default_factory=Composed)
    findings: list[Finding] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    """By sentence the number of the claim that it comes from, from 1."""
    first: str = ""


def state(claims: Sequence[Statement], sources: Mapping[str, Citable]) -> Stated:
    """Return `claims` as an answer. Claims that cite nothing that exists are refused with the reason.

    What is claimed twice is said once, with the citations of both.
    """
    stated = Stated()
    line: list[str] = []
    items: list[str] = []
    for number, claim in _once_each(claims[:MAX_CLAIMS]):
        units, reason = _units(claim)
        cited, missing = _citations(claim, sources)
        reason = reason or ("" if cited else missing)
        for unit in units:
            stated.numbers.setdefault(unit, number)
        if number == 1:
            stated.first = units[0] if units else claim.text
        if reason:
            stated.numbers.setdefault(claim.text, number)
            stated.findings.append(Finding(claim.text, reason))
            continue
        marks = _mark(stated.answer, cited)
        if claim.form == "item":
            _close(stated.answer, line, " ")
            items.append("- " + " ".join(f"{unit} {marks}" for unit in units))
            continue
        _close(stated.answer, items, "\n")
        if claim.form == "code":
            _close(stated.answer, line, " ")
            stated.answer.paragraphs += [fenced(units[0]), marks]
        else:
            line += [f"{unit} {marks}" for unit in units]
    _close(stated.answer, items, "\n")
    _close(stated.answer, line, " ")
    return stated


def _once_each(claims: Sequence[Statement]) -> list[tuple[int, Statement]]:
    """Return claims with their numbers; one that repeats an earlier one brings its citations to that."""
    found: dict[tuple[str, str], tuple[int, Statement]] = {}
    for number, claim in enumerate(claims, start=1):
        key = (claim.form, claim.text.strip())
        first, known = found.get(key, (number, claim))
        cites = claim.cites if known is claim else [*known.cites, *claim.cites]
        found[key] = first, known.model_copy(update={"cites": cites})
    return list(found.values())


def _close(answer: Composed, parts: list[str], glue: str) -> None:
    if parts:
        answer.paragraphs.append(glue.join(parts))
        parts.clear()


def _units(claim: Statement) -> tuple[list[str], str]:
    """Return the sentences of a claim, or its code, and why it cannot stand in an answer."""
    if claim.form == "code":
        code = claim.text.strip("\n").rstrip()
        lines = code.split("\n")
        if lines[0].lstrip().startswith(("```", "~~~")):
            lines = lines[1:-1] if lines[-1].strip() in ("```", "~~~") else lines[1:]
        code = "\n".join(lines)
        if not code.strip() or len(lines) > MAX_CODE_LINES:
            return [], "it is no short piece of code"
        return [code], ""
    units = [as_sentence(one) for one in split_sentences(claim.text)]
    if not units:
        return [], "it says nothing"
    if any(len(one) > LONGEST_SENTENCE for one in units):
        return units, "a sentence of it is too long"
    return units, "" if all(is_plain(one) for one in units) else "it is no plain sentence"


def _citations(
    claim: Statement, sources: Mapping[str, Citable]
) -> tuple[list[tuple[Citation, Citable]], str]:
    """Return the citations of a claim whose quotes were found, and what is wrong with the others."""
    found: list[tuple[Citation, Citable]] = []
    reason = "it cites nothing"
    for cite in claim.cites:
        source = _source(cite, sources)
        if source is None:
            reason = "it cites a reference that does not exist"
            continue
        quote = (
            claim.text.strip("\n") if claim.form == "code" and quote_found(claim.text, source.text) else ""
        )
        quote = quote or _whole(cite, source)
        if not quote:
            reason = "its quote is not in its source"
            continue
        if quote.endswith(("?", "？")) or (claim.form != "code" and _is_output(quote, source)):
            reason = "it cites a question, or a log"
            continue
        citation = Citation(source_id=source.id, kind=source.kind, quote=quote, url=source.url)
        if all(citation != other for other, _ in found):
            found.append((citation, source))
    return found, reason


def _source(cite: Cited, sources: Mapping[str, Citable]) -> Citable | None:
    """Return what a citation means: the source of its reference, or the only other one that has the quote.

    Small models copy a quote right and name a line that is not there, or the one beside it.
    """
    named = sources.get(cite.ref.strip().strip("[]() ").lower())
    if named is not None and _quote(cite, named):
        return named
    holders = [source for source in sources.values() if len(_quote(cite, source)) >= TELLING_QUOTE]
    return holders[0] if len(holders) == 1 else named


def _quote(cite: Cited, source: Citable) -> str:
    """Return the quote as it stands in the source, without the head of its line of data; "" if not there."""
    quote = cite.quote.strip().strip('"“”').rstrip("…").removesuffix("...").strip()
    text = source.text
    tries = (quote, quote.partition(": ")[2].strip())
    return next((one for one in tries if one and quote_found(one, text)), "")


def _whole(cite: Cited, source: Citable) -> str:
    """Return the sentence, line or code block of the source that holds the quote; nothing where none does."""
    quote, text = _quote(cite, source), source.text
    if not quote:
        return ""
    if source.kind == "tool":
        parts = [line.strip().removeprefix("- ") for line in text.split("\n") if line.strip()]
    else:
        parts = [piece.text for piece in pieces(text)]
    whole = next((part for part in parts if quote_found(quote, part)), "")
    if whole and quote_found(whole, text):
        return whole if len(quote) >= min(SHORTEST_QUOTE, len(whole)) else ""
    return quote if len(quote) >= SHORTEST_QUOTE else ""


def _is_output(quote: str, source: Citable) -> bool:
    """Return whether a quote is the output of a program that somebody pasted."""
    return any(piece.code and piece.text == quote and is_log_block(quote) for piece in pieces(source.text))


def _mark(answer: Composed, cited: Sequence[tuple[Citation, Citable]]) -> str:
    """Return the marks of citations, added to the answer where it does not have them yet."""
    marks = []
    for citation, source in cited:
        if citation not in answer.citations:
            answer.citations.append(citation)
            if source.question_id:
                answer.question_ids.append(source.question_id)
            if source.day:
                answer.days.append(source.day)
        marks.append(answer.citations.index(citation) + 1)
    if not answer.core:
        answer.core.append(marks[0] - 1)
    return "".join(f"[{mark}]" for mark in marks)
