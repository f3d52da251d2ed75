"""Names in any spelling: indexes, metrics, deployments, queues and embedding models."""

from __future__ import annotations

import re
from functools import cache

from threadlore.tools.tables import table

_SEP = r"[\s_\-]?"

INDEXES: dict[str, str] = {
    "HNSW_SQ": rf"hnsw{_SEP}sq\d?",
    "HNSW_PQ": rf"hnsw{_SEP}pq",
    "HNSW_PRQ": rf"hnsw{_SEP}prq",
    "GPU_CAGRA": rf"(?:gpu{_SEP})?cagra",
    "GPU_IVF_FLAT": rf"gpu{_SEP}ivf{_SEP}flat",
    "GPU_IVF_PQ": rf"gpu{_SEP}ivf{_SEP}pq",
    "GPU_BRUTE_FORCE": rf"gpu{_SEP}brute{_SEP}force",
    "BIN_IVF_FLAT": rf"bin{_SEP}ivf{_SEP}flat",
    "BIN_FLAT": rf"bin{_SEP}flat",
    "IVF_FLAT": rf"ivf{_SEP}flat",
    "IVF_SQ8": rf"ivf{_SEP}sq{_SEP}8?",
    "IVF_PQ": rf"ivf{_SEP}pq",
    "IVF_RABITQ": rf"(?:ivf{_SEP})?rabitq",
    "SCANN": r"scann",
    "HNSW": r"hnsw",
    "AISAQ": rf"(?:disk{_SEP}ann{_SEP})?aisaq",
    "DISKANN": rf"disk{_SEP}ann",
    "AUTOINDEX": rf"auto{_SEP}index",
    "SPARSE_INVERTED_INDEX": rf"sparse{_SEP}inverted{_SEP}index",
    "SPARSE_WAND": rf"sparse{_SEP}wand",
    "MINHASH_LSH": rf"minhash{_SEP}lsh",
    "FLAT": r"flat(?=\s*(?:index|search|，|索引))|(?-i:FLAT)|brute[\s\-]?force",
}
METRICS: dict[str, str] = {
    "COSINE": r"cosine|cos[\s\-]?sim(?:ilarity)?|余弦|コサイン",
    "L2": r"l2|euclid(?:ean)?(?:\s+distance)?|欧氏距离|欧式距离",
    "IP": r"inner[\s_\-]?product|dot[\s\-]?product|内积|内積|metric(?:_type)?\W{1,4}(?:is\s+)?ip",
    "HAMMING": r"hamming",
    "JACCARD": r"jaccard",
    "BM25": r"bm25",
}
DEPLOYMENTS: dict[str, str] = {
    "lite": r"milvus[\s_\-]?lite",
    "standalone": r"standalone|单机版?|スタンドアロン",
    "distributed": r"distributed|cluster(?:ed)?\s+(?:mode|version|deployment|setup)"
    r"|milvus[\s\-]cluster|分布式|集群",
    "cloud": r"zilliz(?:\s+cloud)?",
}
DEPENDENCIES: dict[str, str] = {"pulsar": "pulsar", "kafka": "kafka", "woodpecker": "woodpecker"}
DATA_TYPES: dict[str, str] = {
    "bfloat16": rf"bfloat{_SEP}16(?:{_SEP}vector)?|bf{_SEP}16",
    "float16": rf"(?:half|float{_SEP}16|fp{_SEP}16)(?:{_SEP}vector)?",
    "float32": rf"(?:float{_SEP}32|fp{_SEP}32|float)(?:{_SEP}vector)?",
    "int8": rf"int{_SEP}8(?:{_SEP}vector)?",
    "binary": rf"binary(?:{_SEP}vector)?",
    "sparse": rf"sparse(?:{_SEP}float)?(?:{_SEP}vector)?",
}
REFINE_TYPES: dict[str, str] = {"FP32": r"sq32|fp32|float32", "BF16": r"bfloat16", "FP16": r"float16"}
FEATURES: dict[str, str] = {
    "full_text": r"full[\s_\-]?text(?:[\s_\-]search)?|bm25|keyword[\s_\-]search|全文(?:检索|搜索)?",
    "hybrid": r"hybrid(?:[\s_\-]search)?|混合(?:检索|搜索)",
    "gpu": r"gpus?",
    "rbac": r"rbac|access[\s_\-]control|users?[\s_\-]and[\s_\-]roles?|roles?",
    "tls": r"m?tls|ssl|encryption[\s_\-]in[\s_\-]transit",
    "multi_tenancy": r"multi[\s_\-]?tenan(?:cy|ts?)|tenants?|多租户",
    "resource_groups": r"resource[\s_\-]groups?",
    "replicas": r"(?:in[\s_\-]memory[\s_\-])?replicas?",
    "high_availability": r"high(?:ly)?[\s_\-]avail\w*|(?-i:HA)|fail[\s_\-]?over|高可用",
    "backup": r"back[\s_\-]?ups?|备份",
    "cdc": r"cdc|change[\s_\-]data[\s_\-]capture|replication",
    "disk_index": r"disk[\s_\-]?ann|disk[\s_\-]index",
    "compact_types": r"compact[\s_\-]types|b?float16|fp16|bf16|int8|binary[\s_\-]vectors?",
    "other_languages": r"other[\s_\-]languages|java|golang|node(?:\.?js)?|typescript|rest(?:[\s_\-]api)?|c#",
    "several_processes": r"several[\s_\-]processes|multi[\s_\-]?process(?:es)?",
    "no_network": r"no[\s_\-]network|air[\s_\-]?gapped?|offline",
}
PURPOSES: dict[str, str] = {
    "prototype": r"prototyp\w*|poc|proof[\s_\-]of[\s_\-]concept|notebooks?|demo|hobby"
    r"|(?:toy|side)[\s_\-]project|学习",
    "test": r"unit[\s_\-]?tests?|(?:for|just|only)\s+test(?:s|ing)|test[\s_\-](?:environment|env|setup)"
    r"|ci[\s_\-]pipelines?",
    "production": r"(?<!not in )(?<!not for )(?<!not yet in )prod(?:uction)?|生产(?:环境)?",
}
PLATFORMS: dict[str, str] = {
    "linux": r"linux|ubuntu|debian|centos|rhel",
    "macos": r"mac(?:\s?os(?:\s?x)?|books?|[\s_\-]?mini)?(?!\s+address)|darwin",
    "windows": r"(?<!time )(?<!context )(?<!sliding )windows(?:\s?\d+)?(?!\s+of)|win(?:10|11)|wsl2?",
}
CPUS: dict[str, str] = {
    "arm": r"arm(?:64|v8)?|aarch64|apple[\s_\-]silicon|graviton\d?|raspberry[\s_\-]?pi|jetson"
    r"|m[1-5](?=\s+(?:mac|pro|max|air|chip))|(?<=mac )m[1-5]|(?<=book )m[1-5]",
    "old": r"old[\s_\-]cpus?|(?:no|without)[\s_\-]?avx2?",
    "x86": r"x86(?:[_\-]64)?|amd64|intel",
}
VERSIONS: dict[str, str] = {
    "2.4": r"v?2\.4(?:[.\-][\w.\-]*)?",
    "2.5": r"v?2\.5(?:[.\-][\w.\-]*)?",
    "2.6": r"v?2\.6(?:[.\-][\w.\-]*)?",
    "3.0": r"v?3\.0(?:[.\-][\w.\-]*)?",
}
_TABLES = {
    "index": INDEXES,
    "metric": METRICS,
    "deployment": DEPLOYMENTS,
    "dependency": DEPENDENCIES,
    "data_type": DATA_TYPES,
    "refine_type": REFINE_TYPES,
    "version": VERSIONS,
    "feature": FEATURES,
    "purpose": PURPOSES,
    "platform": PLATFORMS,
    "cpu": CPUS,
}


_ALONE: dict[str, dict[str, str]] = {
    "feature": {"high_availability": r"ha"},
    "purpose": {"prototype": r"experiments?", "test": r"tests?|testing|ci", "production": r"live"},
    "platform": {"windows": r"win"},
    "cpu": {"arm": r"m[1-5](?:[\s_\-](?:pro|max))?", "old": r"old"},
}
"""Words that mean a name where they stand alone, as the value of an argument, and much else in a sentence."""


@cache
def _patterns(kind: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, _standing_alone(pattern)) for name, pattern in _TABLES[kind].items())


def _standing_alone(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{pattern})(?![A-Za-z0-9])", re.IGNORECASE)


@cache
def _any_of(kind: str) -> re.Pattern[str]:
    """Return one pattern for all names of a kind: most texts hold none, and are left at once."""
    return _standing_alone("|".join(_TABLES[kind].values()))


def find_names(kind: str, text: str) -> list[str]:
    """Return the canonical names of one kind that `text` mentions, in order of mention.

    `kind` is a key of the tables in `_TABLES`. A longer name hides a shorter one inside it: `HNSW_SQ` is
    not also `HNSW`. `text` is a sentence, or the value of an argument alone.
    """
    if not _any_of(kind).search(text):
        alone = _ALONE.get(kind, {}).items()
        return [name for name, words in alone if re.fullmatch(words, text.strip(), re.IGNORECASE)]
    taken: list[tuple[int, int, str]] = []
    for name, pattern in _patterns(kind):
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end, _ in taken):
                continue
            taken.append((start, end, name))
    return list(dict.fromkeys(name for _, _, name in sorted(taken)))


@cache
def embedding_models() -> tuple[tuple[str, int, re.Pattern[str]], ...]:
    """Return (name, dimension, pattern) of the embedding models whose dimension is known."""
    return tuple(
        (row["model"], row["dim"], _whole_word(row["pattern"])) for row in table("embedding_models")["models"]
    )


@cache
def _any_model() -> re.Pattern[str]:
    return _whole_word("|".join(row["pattern"] for row in table("embedding_models")["models"]))


@cache
def _families() -> tuple[tuple[int, re.Pattern[str]], ...]:
    return tuple((row["dim"], _whole_word(row["pattern"])) for row in table("embedding_models")["families"])


_HYPHEN = re.compile(r"(?<![\\!])-")


def _whole_word(pattern: str) -> re.Pattern[str]:
    """Return the pattern of a name; where it has a bare hyphen, people also write a space."""
    loose = _HYPHEN.sub(r"[\\s_\\-]", pattern)
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{loose})(?![A-Za-z0-9_])", re.IGNORECASE)


def find_embedding_model(text: str) -> tuple[str, int] | None:
    """Return (model, dimension) when `text` names exactly one known embedding model."""
    found = find_embedding_models(text)
    return next(iter(found.items())) if len(found) == 1 else None


def find_embedding_models(text: str) -> dict[str, int]:
    """Return the known embedding models that `text` names, with their dimension, in order of mention."""
    if not _any_model().search(text):
        return {}
    found = [
        (match.start(), -match.end(), name, dim)
        for name, dim, pattern in embedding_models()
        if (match := pattern.search(text))
    ]
    return {name: dim for _, _, name, dim in sorted(found)}


def find_family_dim(text: str) -> int | None:
    """Return the dimension that all models of a named family share: `cohere v3`, `minilm`."""
    found = {dim for dim, pattern in _families() if pattern.search(text)}
    return found.pop() if len(found) == 1 else None
