"""Reads what people wish or have besides numbers: recall, latency, hardware, platform, language, domain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from threadlore.tools.graphics import gpu_memory, has_gpu, only_without
from threadlore.tools.names import DATA_TYPES
from threadlore.tools.surroundings import read_surroundings

_RECALL = (
    re.compile(
        r"(?<![\w.])(?P<n>(?:0?\.\d{1,4}|\d{2}(?:\.\d{1,3})?\s?[%％]))\s*(?:\+\s*)?recall", re.IGNORECASE
    ),
    re.compile(
        r"(?:recall|召回率?|再現率)(?:@\d{1,4})?\W{0,3}(?:rate|target|score)?\W{0,3}"
        r"(?:is|of|to|at|be|should|must|above|over|around|about|least|>=?|≥|=|:|达到|大于|要|以上|\s){0,8}\s*"
        r"(?P<n>0?\.\d{1,4}|\d{2}(?:\.\d{1,3})?\s?[%％])",
        re.IGNORECASE,
    ),
)
_NOT_NEEDED = re.compile(
    r"(?:n['’]?t|\bnot|\bno)\s+(?:really\s+)?needs?\s+(?:an?\s+|the\s+)?(?:\w+\s+)?$", re.IGNORECASE
)
_TOO_LOW = re.compile(r"[^.?!;\d]{0,16}\b(?:too\s+(?:low|bad|poor|little)|not\s+enough)\b", re.IGNORECASE)
_LATENCY = re.compile(
    r"(?:under|below|within|less\s+than|faster\s+than|at\s+most|max(?:imum)?(?:\s+of)?|<=?|≤)\s*"
    r"(?P<n>\d{1,5}(?:\.\d{1,3})?)\s?(?P<unit>ms|milliseconds?|s|secs?|seconds?)\b",
    re.IGNORECASE,
)
_ABOUT_SPEED = re.compile(
    r"\b(?:latenc\w*|p\d\d|search\w*|quer(?:y|ies)|respon\w*|index\w*)\b|延迟|查询|检索", re.IGNORECASE
)
_TOP = re.compile(
    r"\btop[\s\-]?(?P<n>\d{1,5})(?=\s*(?:[,;.?!)]|$)|\s+(?:results?|hits|vectors|matches|neighbou?rs|chunks|docs|documents"
    r"|candidates|search\w*|quer\w*|retriev\w*|per\b|with\b|and\b|at\b|in\s+(?:under|below|less)\b|out\s+of\b))",
    re.IGNORECASE,
)
_SHARE = r"(?:about|around|roughly|~|only|just|up\s+to|some)?\s*(?P<n>\d{1,2}(?:\.\d{1,3})?)\s?[%％]"
_FILTER = r"(?:filter\w*|where|condition\w*|predicate\w*|过滤\S{0,6}|筛选\S{0,6})"
_CUTS = (
    r"\b(?:removes?|throws?\s+away|drops?|excludes?|filters?\s+out|leaves?\s+out|cuts?(?:\s+off)?|discards?"
    r"|kills?|eliminates?|rules?\s+out|rejects?|prunes?|strips?)"
)
_DROPS = re.compile(rf"{_FILTER}[^.?!。？]{{0,30}}?{_CUTS}\s+{_SHARE}", re.IGNORECASE)
_DROPPED = re.compile(
    rf"{_SHARE}\s*(?:of\s+[\w ]{{2,24}})?(?:is|are|get)?\s*filtered[\s-]+out", re.IGNORECASE
)
_KEEPS = re.compile(
    rf"{_FILTER}[^.?!。？]{{0,30}}?\b(?:keeps?|leaves?(?!\s+out)|matches|match|selects?|passes|returns?)\s+{_SHARE}",
    re.IGNORECASE,
)
_VECTORS = r"(?:vectors?|embeddings?|codes?|fingerprints?|hash(?:es)?)"
_DATA_TYPES: dict[str, str] = {
    name: rf"\b(?:{words})\s*{_VECTORS}\b|\b\d{{2,5}}[\s-]?(?:d(?:im\w*)?|bits?)\s+(?:{words})(?![\w-])"
    for name, words in DATA_TYPES.items()
} | {
    "hamming": r"\bhamming\b|二值向量",
    "splade": r"\bsplade\b|稀疏向量|\bnon[\s-]?zeros?\b|\bnnz\b",
    "half": r"\bhalf[\s-]precision\b",
}
"""The name of a type in a sentence, beside vectors or behind their dimension; and what says it otherwise."""

_SAY_TYPE = {"hamming": "binary", "splade": "sparse", "half": "float16"}
_DISKS: dict[str, str] = {
    "nvme": r"\bnvmes?\b",
    "ssd": r"\bssds?\b",
    "hdd": r"\bhdds?\b|\bspinning\s+disks?\b",
}
"""Kinds of local disk, the narrower first: an NVMe SSD is an NVMe."""

_NO_DISK = re.compile(
    r"\b(?:no|without(?:\s+an?y?)?|(?:don['’]?t|do\s+not)\s+have(?:\s+an?y?)?)\s+(?:nvmes?|ssds?|hdds?)\b",
    re.IGNORECASE,
)

_LANGUAGES: dict[str, str] = {
    "multilingual": r"\bmulti-?lingual\b|\bmany\s+languages\b|\bseveral\s+languages\b|多语言?|多語言?",
    "en": r"\benglish\b|英文|英语",
    "zh": r"\bchinese\b|\bmandarin\b|中文|汉语",
    "ja": r"\bjapanese\b|日本語|日语|日文",
    "ko": r"\bkorean\b|한국어|韩语|韩文",
    "de": r"\bgerman\b|\bdeutsch\w*\b",
    "fr": r"\bfrench\b",
    "es": r"\bspanish\b",
    "pt": r"\bportuguese\b",
    "it": r"\bitalian\b",
    "ru": r"\brussian\b",
    "ar": r"\barabic\b",
    "hi": r"\bhindi\b",
    "vi": r"\bvietnamese\b",
    "tr": r"\bturkish\b",
    "pl": r"\bpolish\b(?!\s+(?:the|up))",
}
_MULTILINGUAL_NAME = re.compile(r"[\w.\-]+-multilingual[\w.\-]*|\bmultilingual-[\w.\-]+", re.IGNORECASE)
"""Names of models that say multilingual: they are no wish for many languages."""

_NOT_WANTED = re.compile(r"\bnot\s+(?:(?:be|in|for)\s+)?(?:an?\s+)?[\w-]+", re.IGNORECASE)

_DOMAINS: dict[str, str] = {
    "code": r"\b(?:source\s+)?code\b(?!\s*[=:\d])|\bfunctions?\s+search\b|代码",
    "legal": r"\blegal\b|\blaw\b|\bcontracts?\b|法律",
    "medical": r"\b(?:bio)?medical\b|\bclinical\b|\bpatients?\b|\bpubmed\b|医疗|医学",
    "finance": r"\bfinanc\w*\b|\bearnings\s+reports?\b|金融",
    "science": r"\bscientific\b|\b(?:research\s+)?papers\b|\barxiv\b|论文",
    "images": r"\bimages?\b|\bphotos?\b|\bpictures?\b|\bclip\b|图片|图像",
}
_LICENCES: dict[str, str] = {
    "permissive": r"\bpermissive\w*|\bapache(?:[\s-]2(?:\.0)?)?\b|\bmit[\s/-]?licen[cs]e\w*",
    "commercial": r"\bcommercial(?:ly)?\b",
}
"""What a licence must allow, the narrower first."""

_TOKENS = re.compile(
    r"(?<![\w.,])(?P<n>\d{1,3}(?:[,_ ]?\d{3})|\d{2,5}|\d{1,3}k)\s*-?\s*tokens?\b", re.IGNORECASE
)
_DIM_LIMIT = re.compile(
    r"(?:under|below|at\s+most|max(?:imum)?(?:\s+of)?|up\s+to|no\s+more\s+than|<=?|≤)"
    r"\s*(?P<n>\d{2,5})[\s-]?(?:dim\w*|d\b)"
    r"|\bdim\w*\s+(?:up\s+to|at\s+most|below|under|max(?:imum)?|no\s+more\s+than|<=?|≤)\s*(?P<o>\d{2,5})\b"
    r"|(?<![\w.])(?P<m>\d{2,5})[\s-]?(?:dim\w*|d)\s+(?:or|and)\s+(?:less|fewer|below|under|smaller)\b",
    re.IGNORECASE,
)
_CPU = re.compile(r"\bcpus?\b|\blaptop\b|\bno\s+gpu\b|\bwithout\s+(?:an?\s+)?gpu\b", re.IGNORECASE)
_HOSTED = re.compile(r"\b(?:api|hosted)\b", re.IGNORECASE)
_LOCAL = re.compile(
    r"\b(?:local(?:ly)?|offline|on[\s-]prem\w*|self[\s-]host\w*|open[\s-]?source|own\s+(?:server|hardware|machine))\b|本地|私有化?部署|自托管|开源",
    re.IGNORECASE,
)


def read_wishes(text: str) -> dict[str, object]:
    """Return what `text` wishes for or has, by argument name; what it does not say is left out.

    Keys: recall (0 to 1), latency_ms, filtered_out (0 to 1), gpu, data_type, disk, platform, cpu, purpose,
    features, kubernetes (naming it does not mean having it), operations, cloud_allowed (only False),
    languages (codes), domain, licence, max_tokens, dim_limit, device, hosted, top_k, gpu_memory_bytes.

    >>> read_wishes("95% recall under 20 ms per query, the filter drops 90% of the rows")
    {'recall': 0.95, 'latency_ms': 20.0, 'filtered_out': 0.9}
    """
    return dict(_read(text))


def _read(text: str) -> Iterator[tuple[str, object]]:
    yield from _figures(text)
    gpu = has_gpu(text)
    if gpu is not None:
        yield "gpu", gpu
    memory = gpu_memory(text) if gpu else None
    if memory:
        yield "gpu_memory_bytes", memory
    types = list(dict.fromkeys(_SAY_TYPE.get(one, one) for one in _named(_DATA_TYPES, text)))
    domains = _named(_DOMAINS, text)
    # Papers are of a science: what they are about says more.
    domains = [one for one in domains if one != "science"] or domains
    for name, found in (("data_type", types), ("domain", domains)):
        if len(found) == 1:
            yield name, found[0]
    disks = _named(_DISKS, _NO_DISK.sub(" ", text))
    if disks:
        yield "disk", disks[0]
    yield from read_surroundings(text)
    languages = _named(_LANGUAGES, _NOT_WANTED.sub(" ", _MULTILINGUAL_NAME.sub(" ", text)))
    if languages:
        yield "languages", languages
    yield from _model_wishes(text)


def _figures(text: str) -> Iterator[tuple[str, object]]:
    for pattern in _RECALL:
        match = pattern.search(text)
        if match:
            share = _share(match["n"])
            near = text[max(0, match.start() - 40) : match.start()]
            unwanted = _NOT_NEEDED.search(near) or _TOO_LOW.match(text, match.end())
            if 0.5 <= share <= 1 and not unwanted:
                yield "recall", share
                break
    top = _TOP.search(text)
    if top:
        yield "top_k", int(top["n"])
    match = _LATENCY.search(text)
    if match and (match["unit"].lower().startswith("m") or _ABOUT_SPEED.search(text)):
        factor = 1.0 if match["unit"].lower().startswith("m") else 1000.0
        yield "latency_ms", float(match["n"]) * factor
    out = _filtered_out(text)
    if out is not None:
        yield "filtered_out", out


def _share(text: str) -> float:
    number = text.rstrip("%％ ")
    return round(float(number) / 100, 6) if text != number else float(number)


def _filtered_out(text: str) -> float | None:
    drops = _DROPS.search(text) or _DROPPED.search(text)
    if drops:
        return float(drops["n"]) / 100
    keeps = _KEEPS.search(text)
    return round(1 - float(keeps["n"]) / 100, 6) if keeps else None


def _named(table: dict[str, str], text: str) -> list[str]:
    return [name for name, pattern in table.items() if re.search(pattern, text, re.IGNORECASE)]


def _model_wishes(text: str) -> Iterator[tuple[str, object]]:
    licences = _named(_LICENCES, text)
    if licences:
        yield "licence", licences[0]
    tokens = _TOKENS.search(text)
    if tokens:
        word = re.sub(r"[,_ ]", "", tokens["n"]).lower()
        yield "max_tokens", int(word[:-1]) * 1000 if word.endswith("k") else int(word)
    limit = _DIM_LIMIT.search(text)
    if limit:
        yield "dim_limit", int(limit["n"] or limit["m"] or limit["o"])
    if has_gpu(text):
        yield "device", "gpu"
    elif _CPU.search(text) and only_without(text):
        yield "device", "cpu"
    hosted, local = bool(_HOSTED.search(_LOCAL.sub("", text))), bool(_LOCAL.search(text))
    if hosted != local:
        yield "hosted", hosted
