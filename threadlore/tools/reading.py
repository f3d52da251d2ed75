"""Reads tool arguments from people's words. A number without its unit or context is no argument."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from threadlore.tools.dimensions import left_open, read_dims, sparse_beside
from threadlore.tools.graphics import without_gpu_memory
from threadlore.tools.names import find_embedding_model, find_embedding_models, find_family_dim, find_names
from threadlore.tools.plain_words import short_gaps
from threadlore.tools.totals import read_total
from threadlore.tools.units import BYTES, COUNT, read_bytes, read_count

_BYTES = re.compile(rf"(?<![A-Za-z0-9_.\-])(?<!\d,)(?P<n>{BYTES})(?![A-Za-z])")
_MEMORY_NEAR = re.compile(
    r"\b(?:v?ram|memory|mem|box(?:es)?|machines?|servers?|instances?|nodes?|vms?|laptops?|hosts?|macbook|ec2|pod|droplet)\b"
    r"|内存|記憶体|机器|メモリ",
    re.IGNORECASE,
)
_NOT_MEMORY_NEAR = re.compile(
    r"\b(?:disks?|ssds?|nvme|hdd|storage|s3|minio|bucket|volumes?|pvc|files?|parquet|json|csv|datasets?|data|segments?"
    r"|logs?|backups?|dumps?|images?|upload\w*|download\w*|wal|vram|gpus?|swap|limit|message|network|grow\w*|per)\b"
    r"|磁盘|硬盘|显存|ディスク",
    re.IGNORECASE,
)
_HAVE = re.compile(
    r"\b(?:have|has|got|with|within|in|into|on|only|fits?|enough|is|my|our|an?|a)\s*(?:only|just|about)?\s*$",
    re.IGNORECASE,
)
_ENOUGH = re.compile(
    r"\s*(?:be\s+|is\s+|are\s+)?(?:enough|sufficient|suffice|ok(?:ay)?|plenty|do\b|(?:way\s+)?too\s+(?:small|little|tight))",
    re.IGNORECASE,
)
_ROW_NEAR = re.compile(
    r"\b(?:scalars?|metadata|payload|(?:per|each|a|every)[\s\-](?:row|record|entity|vector|doc\w*|chunk|item)"
    r"|/\s*(?:row|record|entity|vector)|(?:text|content|json|strings?)\s+each)\b|标量|每条|每行",
    re.IGNORECASE,
)
_DISK_NEAR = re.compile(r"\b(?:disks?|ssds?|nvme|hdd)\b|磁盘|硬盘", re.IGNORECASE)
_SEGMENT_NEAR = re.compile(r"\bsegments?\b|segment[_\s]?size", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;.!?\n，。；？]|\b(?:and|but|then)\b", re.IGNORECASE)

_PARAMETERS: dict[str, str] = {
    "nlist": r"\bn_?list",
    "nprobe": r"\bn_?probe",
    "ef": r"\bef(?:_?search)?(?![\w]*construction)",
    "ef_construction": r"\bef_?construct(?:ion)?",
    "max_degree": r"\bmax_?degree",
    "search_list": r"\bsearch_?list(?:_?size)?",
    "inline_pq": r"\binline_?pq",
    "replicas": r"\breplica(?:s|_?num(?:ber)?)?",
    "shards": r"\bshards?(?:_?num)?",
    "top_k": r"\btop[\s_\-]?k",
    "non_zeros": r"\b(?:nnz|non[\s_\-]?zeros?)",
}
_GIVEN = r"[\"']?\s*(?:=|:|is|of|to|at)?\s*[\"']?(?P<n>\d{1,6})(?![\d.]*\d|\s*(?:%|x\b|gb|mb))"
_M = re.compile(
    r"(?:(?<![\w])M[\"']?\s*(?:=|:|\bof\b|\bis\b)\s*[\"']?|(?<![\w])m\s*=\s*"
    r"|\b(?i:hnsw)\b[^.?!]{0,12}(?<![\w])(?<!\d )M ?)(?P<n>\d{1,4})(?![\w.])"
)
_PQ = re.compile(r"(?<![A-Za-z])(?:ivf|hnsw)[\s_\-]?p(?:r)?q\b", re.IGNORECASE)
"""Indexes whose small m is the number of sub-quantisers; the big M is always that of the graph."""

_PQ_M = re.compile(r"(?<!\w)m\s*[=:]?\s*(?P<n>\d{1,4})(?![\w.])")

_REFINE = re.compile(
    r"refine(?:ment)?(?:_type)?\W{1,5}(?:is\s+|with\s+)?(?P<n>none|sq6|sq8|fp16|bf16|fp32|sq32)\b"
    r"|\b(?P<b>sq6|sq8|fp16|bf16|fp32|sq32)\s+refine",
    re.IGNORECASE,
)
_RAW_DATA = re.compile(r"with_raw_data\W{1,4}(true|false)", re.IGNORECASE)
_NUMERAL = re.compile(
    r"\d|thousand|mill|mio|mln|mil\b|billion|[mb]n\b|\bbil\b|[十百千万萬亿億]", re.IGNORECASE
)
_COUNTED = {
    "replicas": re.compile(
        r"(?<![\w.])(?P<n>\d{1,3}|two|three|four|five)\s*x?\s+(?:in-memory\s+)?replicas?\b", re.IGNORECASE
    ),
    "shards": re.compile(r"(?<![\w.])(?P<n>\d{1,3})\s+shards?\b", re.IGNORECASE),
    "non_zeros": re.compile(
        r"(?<![\w.])(?P<n>\d{1,6})\s+(?:\w+\s+)?(?:nnz|non[\s_\-]?zeros?)\b", re.IGNORECASE
    ),
    "qps": re.compile(
        rf"(?<![\w.])(?P<n>{COUNT})\s*(?:qps|queries\s+(?:per|a)\s+second|req(?:uests)?/s)\b", re.IGNORECASE
    ),
}
_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5}
_PER_DAY = re.compile(
    rf"(?<![\w.])(?P<n>{COUNT})\s+(?:new\s+)?(?:\w+\s+)?(?:rows?|vectors?|embeddings?|entities|records?|docs?|documents?"
    r"|chunks|items|inserts?|upserts?|updates?|deletes?|deletions|writes?|changes)\s*(?:(?:a|per|each|every)\s+day\b|/\s*day\b|daily\b)",
    re.IGNORECASE,
)
_REJECTED = re.compile(
    r"\b(?:instead\s+of|rather\s+than|without|no\s+longer|but\s+not)\s+(?:an?\s+|the\s+)?[\w-]+",
    re.IGNORECASE,
)
"""What stands where something else is wanted: `kafka instead of pulsar`."""

_REJECTED_NUMBER = re.compile(
    r"\b(?:instead\s+of|rather\s+than|(?<!or )(?<!why )not)\s+(?:an?\s+|the\s+)?(?:\w{1,16}\s?=\s?)?"
    rf"{COUNT}(?:[.,]?\w)*",
    re.IGNORECASE,
)
"""A number that is not the one: `instead of 768`, `not 3 replicas`."""

_PER_SECOND = re.compile(r"qps|quer|req", re.IGNORECASE)

_VERSION = r"[0-3]\.\d{1,2}(?:\.(?:\d{1,3}|x))?(?:-(?:rc\.?\d*|beta|alpha|gpu|hotfix\w*|dev\w*))?"
_VERSIONS = (
    re.compile(rf"(?<![\w.\-/])v(?P<n>{_VERSION})(?![\w.]*\d|\.\d)", re.IGNORECASE),
    re.compile(
        rf"\b(?:milvus|standalone|cluster|distributed|lite|version|ver|release|upgrad\w*|downgrad\w*|from|to|since|until"
        rf"|on|running|using|image)\s*[:=]?\s*(?:to|from|with)?\s*v?(?P<n>{_VERSION})"
        rf"(?![\w]|\.\d|\s*(?:%|ms|s\b|gb|mb|million|billion|x\b))",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\w.\-/])(?P<n>[23]\.\d{1,2}\.(?:\d{1,3}|x))(?![\w]|\.\d)"),
)
_OTHER_PRODUCT = re.compile(
    r"\b(?:py|go|java|node|c\+\+|sdk|python|pymilvus|cuda|driver|etcd|minio|pulsar|kafka|helm|chart|operator|attu|docker"
    r"|compose|k8s|kubernetes|ubuntu|debian|centos|torch|numpy|langchain|llama\w*|elasticsearch|es|qdrant|weaviate"
    r"|grpc\w*|java|golang|go|node|backup|birdwatcher|vts|protobuf|pandas|spark|gcc)"
    r"\s*(?:version|ver|sdk)?\s*[:=<>~]*\s*v?$",
    re.IGNORECASE,
)


def _clause(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and after an amount inside its own clause, 32 characters at most."""
    before = _CLAUSE.split(text[max(0, start - 32) : start])[-1]
    after = _CLAUSE.split(text[end : end + 32])[0]
    return before, after


def _amounts(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    text = without_gpu_memory(text)
    for match in _BYTES.finditer(text):
        value = read_bytes(match["n"])
        before, after = _clause(text, *match.span("n"))
        near = f"{before} # {after}"
        unit = re.sub(r"[^A-Za-z]", "", match["n"])
        if _SEGMENT_NEAR.search(near):
            found.setdefault("segment_size_bytes", value)
        elif _ROW_NEAR.search(near) and value <= 60_000_000:
            found.setdefault("scalar_bytes", value)
        elif unit.lower() in {"b", "byte", "bytes"}:
            continue
        elif _memory(before, after, long_unit=len(unit) > 1):
            found.setdefault("memory_bytes", value)
        elif _DISK_NEAR.search(near):
            found.setdefault("disk_bytes", value)
    return found


def _memory(before: str, after: str, *, long_unit: bool) -> bool:
    beside = re.match(r"\s*(?:of\s+)?(?:\w+\s+)?", after)
    word_after = after[: beside.end() + 12] if beside else after
    if re.match(
        r"\s*(?:of\s+)?(?:gpu|vram|disk|ssd|nvme|storage|swap|显存|磁盘|硬盘)", word_after, re.IGNORECASE
    ):
        return False
    if re.match(
        r"\s*(?:of\s+)?(?:ram|mem|内存|メモリ|box|machine|server|node|vm|instance)", word_after, re.IGNORECASE
    ):
        return True
    if re.search(
        r"(?:\bram|\bmem(?:ory)?|内存|メモリ)\W{0,3}(?:is|of|为|是|:|=)?\W{0,2}$", before, re.IGNORECASE
    ):
        return True
    near = f"{before} # {after}"
    if _NOT_MEMORY_NEAR.search(near):
        return False
    said = _HAVE.search(before) or _ENOUGH.match(after)
    return bool(_MEMORY_NEAR.search(near)) or (long_unit and bool(said))


@cache
def _parameter_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(words + _GIVEN, re.IGNORECASE)) for name, words in _PARAMETERS.items())


def _parameters(text: str) -> Iterator[tuple[str, object]]:
    for name, pattern in _parameter_patterns():
        match = pattern.search(text)
        if match:
            yield name, int(match["n"])
    for name, pattern in _COUNTED.items():
        match = pattern.search(text) if name != "qps" or _PER_SECOND.search(text) else None
        if match:
            yield name, _WORDS.get(match["n"].lower()) or read_count(match["n"])
    match = _M.search(text) or (_PQ_M.search(text) if _PQ.search(text) else None)
    if match:
        quantiser = match[0].startswith("m") and _PQ.search(text)
        yield ("pq_m" if quantiser else "m"), int(match["n"])
    match = _PER_DAY.search(text)
    if match:
        yield "writes_per_day", read_count(match["n"])


def _choices(text: str) -> Iterator[tuple[str, object]]:
    match = _REFINE.search(text)
    if match:
        yield "refine_type", (match["n"] or match["b"]).upper()
    raw = _RAW_DATA.search(text)
    if raw:
        yield "with_raw_data", raw[1].lower() == "true"


def _versions(text: str) -> list[str]:
    found: dict[int, str] = {}
    for pattern in _VERSIONS:
        for match in pattern.finditer(text):
            start = match.start("n")
            before = text[max(0, start - 24) : start]
            if start not in found and not _OTHER_PRODUCT.search(before):
                found[start] = match["n"].lower()
    return list(dict.fromkeys(found[start] for start in sorted(found)))


def _names(text: str) -> Iterator[tuple[str, object]]:
    text = _REJECTED.sub(" ", text)
    indexes = find_names("index", text)
    if len(indexes) == 1:
        yield "index", indexes[0]
    elif indexes:
        yield "indexes", indexes
    for kind in ("metric", "deployment", "dependency"):
        names = find_names(kind, text)
        if len(names) == 1:
            yield kind, names[0]
        elif kind == "deployment" and names:
            yield "deployments", names


def read_arguments(text: str) -> dict[str, object]:
    """Return what `text` says about a case, by argument name; what it does not say is left out.

    Keys: vectors, dim, other_dims (of further vector fields of a row), sparse_field (beside a dense one),
    index (or indexes, where several are named), metric, deployment (or deployments), dependency, non_zeros,
    m, pq_m, nlist, nprobe, ef, ef_construction, max_degree, search_list, inline_pq, refine_type,
    with_raw_data, replicas, shards, qps, top_k, memory_bytes, disk_bytes, scalar_bytes (a row),
    segment_size_bytes, writes_per_day, versions, embedding_model (or models, where several are named).
    `dim` follows from a known embedding model, or family of them, where no dimension is written. Counts
    are plain integers, amounts are bytes with units of 1024.

    >>> read_arguments("memory for 50M 768d HNSW?")
    {'vectors': 50000000, 'dim': 768, 'index': 'HNSW'}
    """
    return dict(_read(text))


@lru_cache(maxsize=8192)
def _read(text: str) -> tuple[tuple[str, object], ...]:
    """Return what `read_arguments` finds; distil and draft read the same sentences again and again."""
    text = short_gaps(text)
    found: dict[str, object] = dict(_counts(text)) if _NUMERAL.search(text) else {}
    models = find_embedding_models(text)
    if len(models) == 1:
        found["embedding_model"], dim = next(iter(models.items()))
        if not left_open(text):
            found.setdefault("dim", dim)
    elif models:
        found["models"] = list(models)
    family = None if models or "dim" in found or left_open(text) else find_family_dim(text)
    if family:
        found["dim"] = family
    found.update(_names(text))
    found.update(_choices(text))
    if sparse_beside(text):
        found["sparse_field"] = True
    return tuple(found.items())


@lru_cache(maxsize=8192)
def read_sizes(text: str) -> Mapping[str, int]:
    """Return of `read_arguments` what says how large a case is, at a fraction of the work.

    Keys: vectors, dim, qps, memory_bytes, disk_bytes.

    >>> dict(read_sizes("memory for 50M 768d HNSW?"))
    {'vectors': 50000000, 'dim': 768}
    """
    text = short_gaps(text)
    found: dict[str, int] = {}
    if _NUMERAL.search(text):
        text = _REJECTED_NUMBER.sub(" ", text)
        dims = read_dims(text)
        first = dims[0] if dims else None
        counted = (("vectors", _total(text, dims)), ("dim", first), ("qps", _per_second(text)))
        found = {name: value for name, value in counted if value is not None}
        amounts = _amounts(text)
        found.update({name: amounts[name] for name in ("memory_bytes", "disk_bytes") if name in amounts})
    model = find_embedding_model(text)
    if model and not left_open(text):
        found.setdefault("dim", model[1])
    return MappingProxyType(found)


def _total(text: str, dims: tuple[int, ...]) -> int | None:
    """Return how many rows there are: where one has several vectors, those are no pieces of it."""
    return read_total(text, cut=len(dims) < 2)


def _per_second(text: str) -> int | None:
    match = _COUNTED["qps"].search(text) if _PER_SECOND.search(text) else None
    return read_count(match["n"]) if match else None


def _counts(text: str) -> Iterator[tuple[str, object]]:
    """Yield what stands as a number: most texts hold none, and then none of this is tried."""
    text = _REJECTED_NUMBER.sub(" ", text)
    dims = read_dims(text)
    total = _total(text, dims)
    if total:
        yield "vectors", total
    if dims:
        yield "dim", dims[0]
    if len(dims) > 1:
        yield "other_dims", list(dims[1:])
    versions = _versions(text)
    if versions:
        yield "versions", versions
    yield from _parameters(text)
    yield from _amounts(text).items()
