"""Reads how many vectors there are in all: the number may stand far from the word, or must be multiplied."""

from __future__ import annotations

import re

from threadlore.tools.units import COUNT, SCALED, read_count

VECTORS = (
    r"(?:vectors?|vecs?|embeddings?|entit(?:y|ies)|rows?|records?|(?:data\s?)?points?|chunks?|docs?\b|documents?"
    r"|items?|images?|products?|passages?|samples?|entries|fingerprints?|tickets|pages|articles|messages|paragraphs?|sentences|posts|tweets|reviews|emails|faces|photos"
    r"|向量|矢量|[条條](?:数据|數據|向量|记录)?|數據|数据|行|件|个向量|個向量|ベクトル|벡터)"
)
_VECTORS_ONLY = r"(?:vectors?|vecs?|embeddings?|entit(?:y|ies)|向量|矢量|ベクトル|벡터)"
_DIM_LATIN = r"(?:dimension(?:al(?:ity)?|s)?|dims?|dimensi[oó]n(?:es)?)"
DIM_WORD = rf"(?:{_DIM_LATIN}(?![a-z])|(?:维度?|維度?|次元|차원))"
_DIM = rf"\d{{1,5}}[\s\-]{{0,2}}(?:{DIM_WORD}|[dD]\b)"
_INDEX_WORD = r"(?:hnsw|ivf[\s_\-]?\w*|disk[\s_\-]?ann|scann|flat\b|FLAT|aisaq|rabitq|autoindex)"

_TYPES_OF_VECTORS = r"(?:b?float|b?fp|int)\d*|bf16|binary|sparse|dense"
_SOME_WORDS = rf"(?:[\s,x×*@个個]|of|with|the|in|at|a|our|my|{_TYPES_OF_VECTORS})*"
_NO_ADJECTIVE = (
    r"(?:and|or|but|in|on|per|each|every|for|to|is|are|was|were|who|that|which|from|by|into|ha(?:s|ve|d)|then"
    r"|users|tenants|customers|clients|queries|searches|requests|tokens?|words|characters|param(?:eter)?s?"
    r"|collections|partitions|shards|segments|rows|inserts|updates|writes|dollars|times|hours|days|minutes|seconds)"
)
_ADJECTIVES = rf"(?:\s+(?!{_NO_ADJECTIVE}\b)[A-Za-z0-9][\w.+/\-()]*){{0,5}}?"
"""What may stand between a number and its vectors: `openai ada`, `768d float16`, `cohere v3`."""

_LARGE = rf"(?:{SCALED}|(?<![\d.,])\d{{1,3}}(?:[,' ]\d{{3}}){{1,3}}(?![\d,])|(?<![\d.,])\d{{5,9}}(?![\d.,]))"
"""A number that says how many there are, not how many at a time."""

_LIMITS = frozenset({16_384, 32_768, 65_535, 65_536})
_SCALED_VECTORS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<n>{_LARGE}){_SOME_WORDS}(?:\(?{_DIM}\)?{_SOME_WORDS})?(?:的)?{VECTORS}",
        rf"(?P<n>{SCALED})\s*[个個条條]?\s*[A-Za-z][\w.\-]*\s*(?:向量|ベクトル)",
        rf"\b(?:go(?:ing)?|grow\w*|scal\w+|expand\w*|increas\w+|reach\w*)\s+(?:up\s+)?to\s+(?:about\s+|~)?(?P<n>{SCALED})(?!\w)",
        rf"(?P<n>{SCALED}){_ADJECTIVES}\s+{_VECTORS_ONLY}",
        rf"(?P<n>{SCALED})\s*(?:[x×*@,/;的，]|of|at|with|in)?\s*(?:{_DIM}|{DIM_WORD}\W{{0,3}}\d)",
        rf"(?P<n>{SCALED}){_ADJECTIVES}\s+{_DIM}",
        rf"(?P<n>{SCALED})\s*[x×*]\s*\d{{2,5}}\b",
        rf"\b\d{{2,5}}[dD]?\s*[x×*]\s*(?P<n>{SCALED})",
        rf"(?P<n>{SCALED})\s+(?:on|in|with|using|for)?\s*(?:an?\s+)?{_INDEX_WORD}",
        rf"(?:{_DIM}|{_INDEX_WORD})\s*(?:[,;/]|for|with|and|at|of)?\s*(?P<n>{SCALED})(?!\w)",
        rf"\b{_VECTORS_ONLY}\s*[,:(]?\s*(?P<n>{SCALED})(?!\w)",
        rf"\b(?:{_VECTORS_ONLY}|fingerprints?|hashes|codes)\b[^.?!]{{0,30}}?(?P<n>{SCALED})"
        r"\s+of\s+(?:them|those|these)\b",
        rf"\b{VECTORS}\s*\(\s*(?:about|around|approx\w*\.?|roughly|some|ca\.?|~)?\s*(?P<n>{SCALED})\s*\)",
        rf"(?P<n>{SCALED})[\s\-]+(?:\w+\s+)?(?:collection|corpus|dataset|table)\b",
        rf"(?:collection|corpus|dataset|table|index)\s+(?:of|with|has|having|holds?|contains?)\s+"
        rf"(?:about|around|~|roughly)?\s*(?P<n>{SCALED})(?!\w)",
        rf"(?:向量(?:数量?|总数)?|[数數]据量|數據量|行数|ベクトル(?:数|件数)?|件数|データ数)\s*(?:是|为|為|約|约|大概|有|は|が|を|で|[:：=])*\s*(?P<n>{SCALED})",
    )
)
_COUNTED_VECTORS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<n>{COUNT}){_SOME_WORDS}(?:\(?{_DIM}\)?{_SOME_WORDS})?(?:的)?{_VECTORS_ONLY}",
        rf"\b(?:num(?:ber)?[_\s]?(?:of[_\s])?|n_?|#\s*|total\s+|count\s+of\s+){_VECTORS_ONLY}"
        rf"\s*(?:is|are|[=:])?\s*(?:about|around|~)?\s*(?P<n>{COUNT})",
        rf"(?<![\w.])[nN]\s*=\s*(?P<n>{_LARGE})",
        rf"\b{_VECTORS_ONLY}\s*(?:count|num(?:ber)?)?\s*[=:]\s*(?P<n>{COUNT})",
    )
)
_ANY_SCALED = re.compile(SCALED, re.IGNORECASE)
_ANY_LARGE = re.compile(_LARGE, re.IGNORECASE)
_ANY_VECTORS = re.compile(_VECTORS_ONLY, re.IGNORECASE)
_NOT_A_TOTAL_BEFORE = re.compile(
    r"(?:\btop[\s\-]?k?|\blimit(?:\s+(?:of|is)|\s*[=:])?|\bbatch(?:es)?(?:[\s_]size)?(?:\s+(?:of|is)|\s*[=:])?|\bk\s*="
    r"|\b(?:per|every|each|nearest|return(?:s|ed|ing)?|retriev\w+|fetch\w*|offset"
    r"|(?<!but )(?<!got )(?<!have )(?<![?.!,] )only|first)(?:\s+(?:the|top))?"
    r"|每批|每次|每秒|前)\s*$",
    re.IGNORECASE,
)
_NOT_A_TOTAL_AFTER = re.compile(
    r"^\s*(?:/\s*s(?:ec)?\b|/\s*(?:min|hour|day|batch|request)|(?:a|per|each|every)\s+"
    r"(?:second|sec|minute|hour|day|week|month|batch|request|call|insert|query|shard|segment|partition|tenant|user|file|doc\w*)"
    r"|at\s+a\s+time|at\s+once|in\s+(?:one|a|each|every)\s+(?:batch|request|call|insert)|p?/s\b|每秒)",
    re.IGNORECASE,
)

_SIZE_OF_A_MODEL = re.compile(
    r"[\s\-]*(?:(?:embedding|language)\s+)?(?:model|llm|param(?:eter)?s?)\b", re.IGNORECASE
)
"""What follows a number of parameters: `embeddings of a 7B model`."""

_PART_OF_A_WORD = re.compile(
    r"(?:[\w./$]|[A-Za-z]-|(?<!\S)-|(?<=\d),)$(?<![x×*~:：\u3040-\u30ff\u4e00-\u9fff])", re.IGNORECASE
)
"""What may not stand right before a count: `ada-002`, `v2`, `1,5`; `5-10M` and `数据量10M` may."""

_GROUPS = re.compile(
    rf"(?<![\w.,\-])(?P<n>{COUNT})\s+(?:\w+\s+)?(?:tenants?|customers?|users?|clients?|collections?|partitions?"
    r"|databases?|projects?|namespaces?)\b[^.?!\d]{0,24}$",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"\s*,?\s*(?:each\b|(?:per|in\s+each|in\s+every|a)\s+(?:tenant|customer|user|client|collection|partition|database"
    r"|project|namespace)\b)",
    re.IGNORECASE,
)

_PIECES = re.compile(
    rf"(?:\b(?:each|every(?:\s+one)?|per\s+(?:doc\w*|pdf|file|page|article|item|record|product|book|video|ticket))\b[^.?!]{{0,32}}?"
    rf"|\b(?:chunked|split|cut|broken)\b[^.?!]{{0,24}}?\b(?:in)?to\b[^.?!]{{0,12}}?"
    rf"|\b(?:x|times|with|by)\s+)"
    rf"(?<![\w.,])(?P<n>{COUNT})\s*(?:chunks?|pieces|parts|passages?|vectors?|embeddings?|paragraphs?)\b"
    rf"(?!\s*,?\s*(?:in\s+total|in\s+all|altogether))"
    rf"|(?<![\w.,])(?P<m>{COUNT})\s*(?:chunks?|pieces|parts|passages?|vectors?|embeddings?|paragraphs?)\s*"
    rf"(?:,\s*)?(?:each\b|/\s*(?:doc|page)|(?:per|for\s+each|for\s+every|a)\s+"
    rf"(?:doc(?:ument)?|pdf|file|page|article|item|record|product|book|video|ticket)\b)",
    re.IGNORECASE,
)
"""Into how many vectors each thing is cut: `each chunked into 20 pieces`, `15 chunks per document`."""

_WHOLES = re.compile(
    rf"(?<![\w.,\-])(?P<n>{COUNT})\s+(?:\w+\s+){{0,2}}?(?:doc(?:ument)?s?|files|pages|articles|items|records|products|books"
    r"|pdfs|papers|tickets|contracts|images|videos)\b",
    re.IGNORECASE,
)


_MOST_PIECES = 10_000


_ABOUT_VECTORS = re.compile(
    rf"{_VECTORS_ONLY}|\bembed|{DIM_WORD}|\d{{2,5}}[dD]\b|{_INDEX_WORD}|\bindex\b", re.IGNORECASE
)
_OTHER_NUMBER_BEFORE = re.compile(
    r"(?:[$€£]|\b(?:qps|rps|tps|budget|costs?|pric\w+|pay\w*|tokens?|context|users?|lr|seed)(?:\s+(?:of|is|around|about|at))?\W{0,3})$",
    re.IGNORECASE,
)
_ENDS_THERE = re.compile(
    r"\s*(?:$|[,;.?!)]|\b(?:instead|total|in\s+total|overall|altogether|and|or|with|on|in|for|at|using|but|so|now|still|of\s+them)\b)",
    re.IGNORECASE,
)
_COUNTED_THINGS = re.compile(
    rf"\s+(?:(?!{_NO_ADJECTIVE}\b)[a-z]+\s+)?(?!{_NO_ADJECTIVE}\b|(?:months|weeks|years|bytes|cores|threads|nodes|replicas"
    r"|employees|people|developers|members|followers|subscribers|visitors|stars|likes|downloads|calls|visits|views|clicks"
    r"|sessions|impressions|lines|euros|messages\s+per)\b)[a-z]{3,}(?<!s)s\b",
    re.IGNORECASE,
)


def _alone(text: str) -> int | None:
    """Return the one large number of a text about vectors that counts nothing else: `hnsw, 768d, 25M`."""
    if not _ABOUT_VECTORS.search(text):
        return None
    found = []
    for match in _ANY_SCALED.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        guards = (_PART_OF_A_WORD, _NOT_A_TOTAL_BEFORE, _OTHER_NUMBER_BEFORE)
        if any(guard.search(before[-40:]) for guard in guards) or _NOT_A_TOTAL_AFTER.match(after):
            continue
        if _SIZE_OF_A_MODEL.match(after):
            continue
        counted = _COUNTED_THINGS.match(after)
        whole = counted and not _NOT_A_TOTAL_AFTER.match(after[counted.end() :])
        if whole or _ENDS_THERE.match(after):
            found.append(read_count(match[0]))
    return found[0] or None if len(found) == 1 else None


def _groups(text: str, start: int, end: int) -> int:
    """Return by how much a count is multiplied: `100 tenants with 1M vectors each`."""
    before = _GROUPS.search(text[max(0, start - 60) : start])
    each = before and (re.search(r"\beach\b|\bof\s*$", before[0]) or _EACH.match(text[end:]))
    return read_count(before["n"]) if before and each else 1


def _cut(text: str) -> int | None:
    """Return the number of pieces into which things are cut: `400k docs, about 20 chunks each`."""
    whole = _WHOLES.search(text)
    pieces = _PIECES.search(text, whole.end()) if whole else None
    if whole is None or pieces is None:
        return None
    wholes, each = read_count(whole["n"]), read_count(pieces["n"] or pieces["m"])
    # Nothing is cut into that many: such a number counts the pieces of all.
    return each if each >= min(wholes, _MOST_PIECES) else wholes * each


def read_total(text: str, *, cut: bool = True) -> int | None:
    """Return how many vectors there are in all, the largest number that says so; None where none does.

    Without `cut` the pieces into which things are cut are not counted.

    >>> read_total("30 million openai ada embeddings"), read_total("400k docs, each cut into 20 chunks")
    (30000000, 8000000)
    """
    pieces = _cut(text) if cut else None
    if pieces:
        return pieces
    # Two searches say for most texts that none of the patterns can match.
    patterns = _SCALED_VECTORS if _ANY_LARGE.search(text) else ()
    patterns += _COUNTED_VECTORS if _ANY_VECTORS.search(text) or _ANY_LARGE.search(text) else ()
    found: list[int] = []
    for pattern in patterns:
        for match in pattern.finditer(text):
            start, end = match.span("n")
            before = text[max(0, start - 24) : start]
            if _PART_OF_A_WORD.search(before) or text[end : end + 1].isdecimal():
                continue
            if _SIZE_OF_A_MODEL.match(text, end):
                continue
            groups = _groups(text, start, match.end())
            after = text[match.end() :]
            if groups == 1 and (_NOT_A_TOTAL_BEFORE.search(before) or _NOT_A_TOTAL_AFTER.match(after)):
                continue
            value = read_count(text[start:end]) * groups
            if value > 0 and value not in _LIMITS:
                found.append(value)
    return max(found, default=None) or _alone(text)
