"""What a sentence claims that can be checked by code: numbers, versions, flags and API names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise

_URL = re.compile(r"https?://[^\s<>\"'`)\]]+")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_DATE = re.compile(r"(?<![\d-])\d{4}-\d{2}-\d{2}(?![\d-])")
_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
_VERSION = re.compile(
    r"(?<![\w.])v?\d+(?:\.\d+)+(?:\.[xX*])?(?:[-.]?(?:rc|alpha|beta|dev|post)[-.]?\d*)?(?![\w])",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?<![\w.])(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[A-Za-z]\w*_\w+|_\w+|[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*"
    r"|[A-Z][A-Z0-9]+[a-z]?|[A-Za-z]+\d\w*)(?![\w])"
)
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_SCALES = {
    "k": 3, "thousand": 3, "m": 6, "mio": 6, "million": 6, "millions": 6, "b": 9, "bn": 9, "billion": 9,
    "billions": 9, "万": 4, "萬": 4, "亿": 8, "億": 8,
}  # fmt: skip
_UNITS = {
    "b": "byte", "byte": "byte", "bytes": "byte", "k": "kb", "kb": "kb", "kib": "kib", "m": "mb", "mb": "mb",
    "mib": "mib", "mi": "mib", "g": "gb", "gb": "gb", "gib": "gib", "gi": "gib", "gigabytes": "gb", "t": "tb",
    "tb": "tb", "tib": "tib", "ti": "tib", "ms": "ms", "millisecond": "ms", "milliseconds": "ms", "s": "s",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "min", "mins": "min", "minute": "min",
    "minutes": "min", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "d": "", "dim": "",
    "dims": "", "dimension": "", "dimensions": "", "x": "", "%": "%", "percent": "%", "qps": "qps",
}  # fmt: skip
_SPACED_UNIT = "|".join(sorted(map(re.escape, {*_SCALES, *_UNITS}), key=len, reverse=True))
_REST = rf"(?P<rest>\s?(?:{_SPACED_UNIT})(?![A-Za-z])|[A-Za-z%µ]\w*)?"
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<n>\d{{1,3}}(?:[,_\u202f\u00a0' ]\d{{3}})+(?!\d)|\d+){_REST}", re.IGNORECASE
)
_DECIMAL = re.compile(rf"(?<![\w.])(?P<n>\d+\.\d+){_REST[:-1]}(?!\w|\.\d)", re.IGNORECASE)
_NEXT_WORD = re.compile(r"\s([A-Za-zµ]{1,4})(?![A-Za-z])")
_UNIT = re.compile(r"(?<=\d)[A-Za-zµ]{2,4}(?![A-Za-z])")
_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=2
    )
}
_WORD_NUMBER = re.compile(rf"(?<![\w-])(?:{'|'.join(_WORDS)})(?![\w-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that must occur in the evidence. One of `forms` there is enough."""

    text: str
    forms: frozenset[str]


def claims(text: str) -> list[Claim]:
    """Return what `text` claims, in order of its kinds.

    >>> sorted(claims("10M vectors")[0].forms)
    ['n:10000000', 'n:10|mb']
    """
    return list(_find(text))


def missing_claims(text: str, evidence: str) -> list[str]:
    """Return the claims of `text` that `evidence` does not make, as they stand in `text`.

    Separators, units and case are normalised: 10M = 10,000,000 = 10 million, `queryNode` = query node.

    >>> missing_claims("Set nlist to 1,024 in v2.6.3.", "with 2.6.3 set nlist=1024")
    []
    >>> missing_claims("Set nlist to 1,025.", "set nlist=1024")
    ['1,025']
    """
    found: set[str] = set()
    for claim in _find(evidence):
        found |= claim.forms
    names = _names(evidence)
    plain = _squash_code(evidence)
    lacking = []
    for claim in _find(text):
        if not any(_held(form, found, names, plain) for form in claim.forms):
            lacking.append(claim.text)
    return lacking


def _held(form: str, found: set[str], names: set[str], plain: str) -> bool:
    kind, value = form[:2], form[2:]
    return form in found or (kind == "a:" and value in names) or (kind == "c:" and value in plain)


def _find(text: str) -> Iterator[Claim]:
    rest = text
    for pattern, reader in (
        (_URL, _read_url), (_CODE, _read_code), (_DATE, _read_date), (_FLAG, _read_flag),
        (_DECIMAL, _read_number), (_VERSION, _read_version), (_NUMBER, _read_number), (_NAME, _read_name),
        (_WORD_NUMBER, _read_word),
    ):  # fmt: skip
        for match in pattern.finditer(rest):
            yield from reader(match)
        # What one reader took is no plain number for the next, except inside code spans.
        if pattern is not _CODE:
            rest = pattern.sub(lambda taken: " " * len(taken[0]), rest)


def _read_url(match: re.Match[str]) -> Iterator[Claim]:
    url = match[0].rstrip(".,;:!?*_")
    yield Claim(url, frozenset({f"u:{url.rstrip('/').casefold()}"}))


def _read_code(match: re.Match[str]) -> Iterator[Claim]:
    yield Claim(match[2].strip(), frozenset({f"c:{_squash_code(match[2])}"}))


def _read_date(match: re.Match[str]) -> Iterator[Claim]:
    yield Claim(match[0], frozenset({f"d:{match[0]}"}))


def _read_flag(match: re.Match[str]) -> Iterator[Claim]:
    yield Claim(match[0], frozenset({f"f:{match[0]}"}))


def _read_version(match: re.Match[str]) -> Iterator[Claim]:
    said = match[0].lower().removeprefix("v")
    forms = {f"v:{said}"}
    if said.count(".") == 1 and (unit := _NEXT_WORD.match(match.string, match.end())):
        forms.add(f"n:{said}{unit[1].lower()}")
    yield Claim(match[0], frozenset(forms))


def _read_name(match: re.Match[str]) -> Iterator[Claim]:
    yield Claim(match[0], frozenset({f"a:{_squash(match[0])}"}))


def _read_word(match: re.Match[str]) -> Iterator[Claim]:
    yield Claim(match[0], frozenset({f"n:{_WORDS[match[0].lower()]}"}))


def _read_number(match: re.Match[str]) -> Iterator[Claim]:
    digits = re.sub(r"[,_\u202f\u00a0' ]", "", match["n"])
    word = (match["rest"] or "").strip()
    try:
        value = Decimal(digits)
    except InvalidOperation:  # pragma: no cover - the pattern admits digits only
        return
    spaced = (match["rest"] or "").startswith((" ", "\n"))
    forms = _forms(value, word, spaced)
    if not word and (unit := _NEXT_WORD.match(match.string, match.end())):
        # 3,000 mAh is what somebody wrote as 3000mAh.
        forms.add(f"n:{_plain(value)}{unit[1].lower()}")
    shown = match[0] if word and not any(form == f"n:{_plain(value)}" for form in forms) else match["n"]
    yield Claim(shown.strip(), frozenset(forms))


def _forms(value: Decimal, word: str, spaced: bool) -> set[str]:
    """Return every way to read a number with the word after it: 512M is 512 million, or 512 MB."""
    lower = word.lower()
    forms: set[str] = set()
    if lower in _SCALES and not (spaced and len(lower) == 1 and word.islower()):
        forms.add(f"n:{_plain(value.scaleb(_SCALES[lower]))}")
    if lower in _UNITS:
        unit = _UNITS[lower]
        forms.add(f"n:{_plain(value)}|{unit}" if unit else f"n:{_plain(value)}")
    if forms:
        return forms
    if not word or spaced or lower in _ORDINALS or not word.isascii():
        return {f"n:{_plain(value)}"}
    return {f"n:{_plain(value)}{lower}"}


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _squash(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _squash_code(code: str) -> str:
    return re.sub(r"[\s`]+", " ", code).strip().casefold()


def _names(text: str) -> set[str]:
    """Return the words of `text` and its neighbours joined, squashed: `query node` holds queryNode."""
    words = [_squash(word) for word in re.findall(r"[\w.]+", text)]
    parts = [_squash(word) for word in re.findall(r"[^\W_]+", text)]
    joined: set[str] = set(words) | set(parts) | {_squash(unit) for unit in _UNIT.findall(text)}
    for row in (words, parts):
        joined.update(a + b for a, b in pairwise(row))
        joined.update(a + b + c for a, b, c in zip(row, row[1:], row[2:], strict=False))
    return joined
