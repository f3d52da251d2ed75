"""Known errors in logs: found by their words, ranked from the root to its consequences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from threadlore.tools.diagnosis.lines import Log, Place
from threadlore.tools.diagnosis.masking import mask
from threadlore.tools.tables import table

LAYERS = ("host", "storage class", "etcd", "object storage", "queue", "coordinator", "node", "client")
"""What stands on what: a fault further to the left explains those to its right."""

MOST_LINES = 20_000
"""Lines that are looked at for a word: enough for a log of 16 MB, an end for one that repeats a word."""

LONGEST_QUOTE = 240
_CODE = re.compile(r"\b(?:error_?)?code\"?\s{0,2}[=:]\s{0,2}(\d{1,5})\b", re.IGNORECASE)
_CLIENT = re.compile(r"milvus|grpc|rpc error", re.IGNORECASE)
_LEVELS = {3: "likely", 2: "possible", 1: "weak"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The line that says so: name of the file (empty for a message), line from 1, masked quote."""

    file: str
    line: int
    quote: str
    time: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A known error that was met: its row, where first and how often, and what follows from it."""

    row: Mapping[str, Any]
    weight: int
    evidence: Evidence
    lines: int
    consequences: tuple[Finding, ...] = ()

    @property
    def confidence(self) -> str:
        """How sure: likely, possible or weak."""
        return _LEVELS[self.weight]


@dataclass(slots=True)
class _Hits:
    first: Evidence
    order: tuple[str, int, int]
    lines: set[tuple[int, int]] = field(default_factory=set)


@cache
def _patterns(cause: str) -> tuple[re.Pattern[str], ...]:
    row = next(row for row in table("diagnoses")["causes"] if row["id"] == cause)
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in row["patterns"])


def find_causes(logs: Sequence[tuple[str, str]]) -> list[Finding]:
    """Return the known errors in `logs`, pairs of (file name, text), the root of the trouble first.

    A line at level info or below only counts for errors that other programs print at that level.
    """
    read = [(name, Log(text)) for name, text in logs]
    rows = {row["id"]: row for row in table("diagnoses")["causes"]}
    hits: dict[str, _Hits] = {}
    for number, (name, log) in enumerate(read):
        for row in rows.values():
            for place in _places(row, log):
                _note(hits, row["id"], number, name, place)
    weights = {cause: rows[cause]["weight"] for cause in hits}
    for number, (name, log) in enumerate(read):
        for cause, place in _coded(log, rows):
            if cause not in hits:
                weights[cause] = 2 if cause in rows else 1
            _note(hits, cause, number, name, place)
    return _ranked(hits, weights, rows)


def _places(row: Mapping[str, Any], log: Log) -> Iterator[Place]:
    for word in filter(log.holds, row["words"]):
        for place in log.find(word, MOST_LINES):
            if place.quiet and not row.get("quiet"):
                continue
            if any(pattern.search(place.text) for pattern in _patterns(row["id"])):
                yield place


def _coded(log: Log, rows: Mapping[str, Any]) -> Iterator[tuple[str, Place]]:
    """Yield causes named by an error code of Milvus alone; `code N` where no row says more."""
    known = {int(row["id"]): row for row in table("diagnoses")["codes"]}
    for place in log.find("code", MOST_LINES):
        if place.quiet or not _CLIENT.search(place.text):
            continue
        for match in _CODE.finditer(place.text):
            row = known.get(int(match[1]))
            if row is not None and row["id"] != 1:
                yield (row["cause"] if row.get("cause") in rows else f"code {row['id']}"), place


def _note(hits: dict[str, _Hits], cause: str, number: int, name: str, place: Place) -> None:
    order = (place.time or "9999", number, place.number)
    known = hits.get(cause)
    if known is None or order < known.order:
        evidence = Evidence(name, place.number, _quote(place.text), place.time)
        lines = known.lines if known else set()
        hits[cause] = known = _Hits(evidence, order, lines)
    known.lines.add((number, place.number))


def _quote(text: str) -> str:
    text = mask(text)
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"


def _row_of_code(cause: str) -> Mapping[str, Any]:
    code = int(cause.split()[1])
    row = next(row for row in table("diagnoses")["codes"] if row["id"] == code)
    return {
        "id": cause,
        "layer": "client",
        "title": f"Milvus answers with code {code}: {row['meaning']}",
        "cause": "The code names the kind of error; the message beside it says what it is about.",
        "checks": ["The text behind `message=`, and the server's log at the same time"],
        "mends": [],
    }


def _ranked(hits: Mapping[str, _Hits], weights: Mapping[str, int], rows: Mapping[str, Any]) -> list[Finding]:
    found = [
        Finding(rows.get(cause) or _row_of_code(cause), weights[cause], hit.first, len(hit.lines))
        for cause, hit in hits.items()
        if not set(rows.get(cause, {}).get("yields_to", ())) & hits.keys()
    ]
    found.sort(key=lambda one: _rank(one, hits[str(one.row["id"])]))
    roots = [one for one in found if not one.row.get("consequence")]
    if not roots:
        return found
    depth = LAYERS.index(roots[0].row["layer"])
    under = [one for one in found if one.row.get("consequence") and LAYERS.index(one.row["layer"]) > depth]
    kept = [one for one in found if one not in under]
    first = kept[0]
    whole = Finding(first.row, first.weight, first.evidence, first.lines, tuple(under))
    return [whole, *kept[1:]]


def _rank(finding: Finding, hit: _Hits) -> tuple[object, ...]:
    """Order: sure before unsure, what others stand on before them, the earlier before the later."""
    consequence = bool(finding.row.get("consequence"))
    return (consequence, -finding.weight, LAYERS.index(finding.row["layer"]), hit.order)
