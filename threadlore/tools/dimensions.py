"""Reads the dimension of each vector field of a row: a number without its unit or context is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from threadlore.tools.totals import DIM_WORD, VECTORS
from threadlore.tools.units import COUNT

USUAL_DIM = frozenset(
    {64, 96, 100, 128, 192, 200, 256, 300, 312, 320, 384, 512, 640, 768, 960, 1024, 1152, 1280, 1408, 1536}
    | {1792, 2048, 2560, 3072, 3584, 4096, 8192}
)
_LARGEST = 32768
_TIMES = re.compile(r"[x×*]\s*\d", re.IGNORECASE)
_TIMES_DIM = rf"{COUNT}\s*(?:vectors?|vecs?|embeddings?)?\s*[x×*]\s*(?P<n>\d{{2,5}})(?!\d|[kmb]\b)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d.,])(?P<n>\d{{1,5}})[\s\-]{{0,2}}{DIM_WORD}",
        r"\b(?<!max )(?<!maximum )(?:dim(?:ension(?:s|ality|al)?)?s?|embedding\s+size"
        r"|vector\s+(?:size|length)|vectors?\s+of\s+size|embedding_dim)"
        r"\s*(?:of|is|are|[=:]|at)*\s*[\"']?\s*[=:]?\s*(?P<n>\d{1,5})(?![\d.,]*\d|\s*(?:%|gb|mb|gib|mib|kb|ms\b|qps\b))",
        r"(?<![\w.])d\s*=\s*(?P<n>\d{2,5})(?![\w.])",
        r"(?:维度?|維度?|次元数?)\s*(?:是|为|為|は|が|有|[:：=])*\s*(?P<n>\d{1,5})(?!\d)",
        _TIMES_DIM,
        r"(?<![\d.,])(?P<n>\d{2,5})\s*(?:float32s?|floats?)\b",
    )
)
_WITHOUT_TIMES = tuple(pattern for pattern in _PATTERNS if pattern.pattern != _TIMES_DIM)
_BESIDE = re.compile(
    r"\b(?:vectors?|vecs?|embeddings?)\s*\(\s*(?P<n>\d{2,5})\s*\)|\bdense\W{1,3}(?P<m>\d{2,5})(?![\d.,]*\d)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\b(?:vector|embed|model)[^.?!]{0,80}\(\s*(?P<n>\d{3,4})\s*\)", re.IGNORECASE)
_CHOICE = re.compile(
    rf"(?<![\w.,])(?P<n>\d{{2,5}})\s*(?:or|vs\.?|versus|/)\s*\d{{2,5}}[\s\-]{{0,2}}(?:{DIM_WORD}|d\b)",
    re.IGNORECASE,
)
"""A dimension that is weighed against another: the word stands with the second alone."""

_BITS = re.compile(r"(?<![\d.,])(?P<n>\d{2,5})[\s\-]?bits?\b", re.IGNORECASE)
_CODES = re.compile(r"\b(?:binary|hamming|hash(?:es)?|fingerprints?|simhash|minhash)\b", re.IGNORECASE)
_DAYS_OR_DIM = re.compile(r"(?<![\w.,\-])(?P<n>\d{1,5})[\s\-]?[dD](?![\w\-])")
_TIME = re.compile(
    r"(?:(?:last|past|for|after|every|within|since|ago|in)|(?:ttl|retain|retention|expir\w*|older|uptime|keep\w*)"
    r"(?:\W+(?:of|than|is|after|for|=|them|data))?)\W+$",
    re.IGNORECASE,
)

_HOW_MANY = r"(?P<n>[2-9]|two|three|four|five|both)"
_ROW = r"(?:rows?|records?|entit(?:y|ies)|items?|products?|docs?|documents?)"
_FIELD = r"(?:vectors?|vecs?|embeddings?)"
_COUNTED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\w.,]){_HOW_MANY}\s+(?:\w+\s+){{0,2}}?(?:vector|embedding)\s+(?:fields?|columns?)\b",
        rf"(?<![\w.,]){_HOW_MANY}\s+(?:\w+\s+)?{_FIELD}\s*,?\s*"
        rf"(?:/|\b(?:per|in|on|for|with|a|each|every)\s+(?:each\s+|every\s+)?){_ROW}\b",
        rf"\beach\s+(?:of\s+(?:them|which)\s+)?(?:with|has|have|having|gets?)\s+{_HOW_MANY}\s+(?:\w+\s+)?{_FIELD}\b",
        rf"\b(?:each|every)\s+{_ROW}\b[^.?!;]{{0,16}}?(?<![\w.,]){_HOW_MANY}\s+(?:\w+\s+)?{_FIELD}\b",
    )
)
"""Phrases that say how many vectors a row has: `2 vector fields`, `two vectors per row`."""

_NUMBER = (
    r"(?<![\w.,])\d{2,5}(?![\d.,]*\d)(?=\s*-?\s*(?:d\b|dims?\b|dimension|dense\b|float|[),;+&?.]|and\b|plus\b|each\b|for\b"
    r"|$|(?:\w+\s+)?(?:vectors?|vecs?|embeddings?|fields?)\b))"
)
"""A number that may be a dimension: what follows is no unit and no other thing that is counted."""

_UNIT = r"[\s\-]*(?:d\b|dims?\b|dimension\w*)?"
_ADDED = re.compile(
    rf"\b(?:one|an?)\s+(?:[a-z]+\s+){{0,2}}?\(?{_NUMBER}[^.?!\d]{{0,32}}?\b(?:one|another|an?)\s+(?:[a-z]+\s+){{0,2}}?\(?{_NUMBER}"
    rf"|{_NUMBER}{_UNIT}\)?\s*(?:\w+\s+)?{_FIELD}\s*(?:\+|,|and|plus|&)\s*{_NUMBER}{_UNIT}\)?\s*(?:\w+\s+)?{_FIELD}\b"
    rf"|{_NUMBER}{_UNIT}\)?\s*(?:[a-z]+\s*){{0,2}}(?:\+|\bplus\b|&)\s*(?:[a-z]+\s+){{0,2}}?\(?{_NUMBER}",
    re.IGNORECASE,
)
"""Dimensions that stand side by side, not for choice: `one 768 and one 1024`, `768d + 384d`."""

_PARAMETER = re.compile(
    r"\b(?:n_?list|n_?probe|ef\w*|m|k|top|limit|batch\w*|nbits|max_degree|search_list|qps|tokens?)\W{0,3}$",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?P<n>{_NUMBER})", re.IGNORECASE)
_ONE = re.compile(r"\b(?:one|first|second|another|other)\b[^.?!\d]{0,24}$", re.IGNORECASE)
_BEFORE = 64
"""How far back a number is looked at, in characters."""

_WORDS = {"two": 2, "both": 2, "three": 3, "four": 4, "five": 5}

_SPARSE_BESIDE = re.compile(
    r"\bdense\b[^.?!]{0,24}?(?:\+|&|\b(?:and|plus|with)\b)\s*(?:an?\s+|one\s+)?(?:\w+\s+)?sparse\b"
    r"|\bsparse\b[^.?!\d]{0,16}?(?:\+|&|\b(?:and|plus|with)\b)\s*(?:an?\s+|one\s+)?(?:\d{2,5}\w*\s+)?dense\b"
    rf"|{_NUMBER}{_UNIT}\)?\s*(?:\w+\s+)?(?:\+|&|\b(?:and|plus)\b)\s*(?:an?\s+|one\s+)?(?:\w+\s+)?sparse\b"
    r"|稠密.{0,6}稀疏|稀疏.{0,6}稠密",
    re.IGNORECASE,
)


def read_dims(text: str) -> tuple[int, ...]:
    """Return the dimension of each vector field of a row; none where it is not said, or left open.

    >>> read_dims("50M 768d HNSW"), read_dims("two vectors per row, one 768 and one 1024")
    ((768,), (768, 1024))
    >>> read_dims("5M rows x 2 vector fields, 768 each"), read_dims("768 or 1024 dims?")
    ((768, 768), ())
    """
    counts = [match for pattern in _COUNTED for match in pattern.finditer(text)]
    if counts:
        word = counts[0]["n"].lower()
        return _of_fields(text, _WORDS.get(word) or int(word))
    added = _of_fields(text, 0) if _ADDED.search(text) else ()
    if len(added) > 1:
        return added
    found = tuple(dict.fromkeys(_found(text)))
    return found if len(found) == 1 else ()


def left_open(text: str) -> bool:
    """Tell whether several dimensions are named and none is chosen: a model's own is no answer then."""
    return not read_dims(text) and len(set(_found(text))) > 1


def sparse_beside(text: str) -> bool:
    """Tell whether rows have a sparse vector beside a dense one."""
    return bool(_SPARSE_BESIDE.search(text))


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _BEFORE) : match.start()]


def _of_fields(text: str, many: int) -> tuple[int, ...]:
    """Return one dimension a field; `many` is the number of fields, 0 where only the dimensions say it."""
    bare = [
        match
        for match in _BARE.finditer(text)
        if int(match["n"]) in USUAL_DIM and not _PARAMETER.search(_before(text, match))
    ]
    dims = tuple([int(match["n"]) for match in bare] or _found(text))
    if many and len(set(dims)) == 1:
        one_of_them = len(bare) == 1 and _ONE.search(_before(text, bare[0]))
        return () if one_of_them else dims[:1] * many
    return dims if len(dims) == (many or max(2, len(dims))) else ()


def _found(text: str) -> Iterator[int]:
    """Yield every dimension that the text names, those first that say so most clearly."""
    rest = text
    for pattern in _PATTERNS if _TIMES.search(text) else _WITHOUT_TIMES:
        for match in pattern.finditer(rest):
            if 1 < int(match["n"]) <= _LARGEST:
                yield int(match["n"])
        # A word that has its number is no word for the next one: `768 dims at 10 ms`.
        rest = pattern.sub(lambda match: " " * len(match[0]), rest)
    bits = _BITS.search(text) if _CODES.search(text) else None
    if bits:
        yield int(bits["n"])
    beside = (int(match["n"] or match["m"]) for match in _BESIDE.finditer(text))
    weighed = (int(match["n"]) for match in _CHOICE.finditer(text))
    aside = (int(match["n"]) for match in _ASIDE.finditer(text))
    yield from (value for value in (*beside, *weighed, *aside) if value in USUAL_DIM)
    yield from _before_d(text)


def _before_d(text: str) -> Iterator[int]:
    """Yield what stands before a lone `d`, which may also mean days."""
    for match in _DAYS_OR_DIM.finditer(text):
        value = int(match["n"])
        if not 1 < value <= _LARGEST:
            continue
        beside = re.match(rf"\s*(?:float\s+)?{VECTORS}", text[match.end() :], re.IGNORECASE)
        if beside or (value in USUAL_DIM and not _TIME.search(_before(text, match))):
            yield value
