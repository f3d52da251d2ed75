"""Reads where somebody moves from and to: other databases, deployments, versions of Milvus."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from threadlore.tools.tables import table
from threadlore.tools.units import CLAUSE

SYSTEMS: dict[str, str] = {
    "elasticsearch": r"elastic\s?search|elastic(?=\s+(?:index|cluster|to|cloud))"
    r"|(?-i:(?<![A-Za-z])ES(?![A-Za-z]))",
    "opensearch": r"open\s?search",
    "pinecone": r"pinecone",
    "qdrant": r"qdrant",
    "weaviate": r"weaviate",
    "chroma": r"chroma(?:\s?db)?",
    "pgvector": r"pg[\s_-]?vector|postgres(?:ql)?",
    "faiss": r"faiss",
    "tencent": r"tencent(?:\s+cloud)?(?:\s+vector\s?db|\s+vectordb)?|腾讯云?(?:向量数据库)?",
}
"""Databases that people come from, with the ways they write them."""

_DEPLOYMENTS: dict[str, str] = {
    "lite": r"(?:milvus[\s_-]?)?\blite\b",
    "standalone": r"stand[\s-]?alone|单机版?",
    "distributed": r"distributed|(?:milvus[\s-])?cluster(?:\s+(?:mode|version))?|集群版?|分布式",
    "cloud": r"zilliz(?:\s+cloud)?",
}
_AMOUNT = r"(?:%|(?:[kmgt]?b|m?s|x|[km]|secs?|seconds?|minutes?|hours?|days?|times|thousand|[mb]illion)\b)"
_VERSION = rf"v?(?P<version>[0-3]\.(?:\d{{1,2}}|x)(?:\.(?:\d{{1,3}}|x))?)(?![\d.]*\d|\s*{_AMOUNT})"

_MOVING = re.compile(
    r"\b(?:migrat\w*|mov(?:e|es|ed|ing)|switch\w*|upgrad\w*|downgrad\w*|transfer\w*|copy(?:ing)?|import\w*|port(?:ing)?"
    rf"|convert\w*|leav(?:e|ing)|ditch(?:ing)?|replac(?:e|ing)|get(?:ting)?\b{CLAUSE}{{0,24}}\b(?:in)?to|com(?:e|ing)\s+from|from\b{CLAUSE}{{1,60}}\bto)\b"
    r"|迁移|迁到|升级|转移|导入|移行|アップグレード",
    re.IGNORECASE,
)
_ARROW = re.compile(r"(?:->|→|=>)")
_FROM = re.compile(
    r"(?:\bfrom|\bout\s+of|\boff(?:\s+of)?|\baway\s+from|\b(?:leav|ditch|replac|drop|abandon|retir)(?:e|ing)?|\bold|\bexisting|\bimport(?:ing)?|从|由)\W{0,3}(?:an?\s+|the\s+|our\s+|my\s+|milvus\s+|existing\s+|old\s+){0,3}$",
    re.IGNORECASE,
)
_TO = re.compile(
    r"(?:\bto|\binto|\bonto|->|→|=>|到|至|成)\W{0,3}(?:an?\s+|the\s+|our\s+|my\s+|self[\s-]hosted\s+|milvus\s+|docker\s+|new\s+|running\s+){0,3}$",
    re.IGNORECASE,
)
_OTHER_SOFTWARE = re.compile(
    r"\b(?:python|pymilvus|sdk|etcd|minio|pulsar|kafka|helm|chart|operator|attu|docker|compose|kubernetes|k8s|cuda"
    r"|langchain|backup|birdwatcher|vts|java|go|node)\s*(?:version|sdk|client)?\s*[:=]?\s*(?:from|to)?\s*v?$",
    re.IGNORECASE,
)
_BACKUP = re.compile(
    r"\bback(?:ing|ed)?[\s-]?(?:it\s+|them\s+)?up\b|\bbackups?\b|\brestor(?:e|es|ed|ing)\b|备份|恢复|バックアップ",
    re.IGNORECASE,
)
_RESTORE = re.compile(r"\brestor(?:e|es|ed|ing)\b|恢复", re.IGNORECASE)
_BACK_UP = re.compile(
    r"\bback(?:ing|ed)?[\s-](?:(?:it|them|everything)\s+)?up\b|(?<![-\w])backup\s+(?:my|our|the|all|every|each|an?)\b"
    r"|\bbackups?\s+(?:and|&|or)\b|备份(?:和|与)",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"(?:\bmy|\bour|\bthe|\ban?|\bof|\bfrom|\bhelm|\bdocker)\W{1,3}(?:milvus\s+|whole\s+|entire\s+|running\s+)?$",
    re.IGNORECASE,
)
_STORAGES = {
    "aws": r"(?:aws|amazon)(?:\s+s3)?",
    "s3": r"s3",
    "gcp": r"gcs|gcp|google\s+cloud\s+storage",
    "azure": r"azure(?:\s+blob\w*)?",
    "ali": r"ali(?:baba|yun)?\s*(?:cloud\s*)?oss",
    "minio": r"minio",
}
_STORED = re.compile(
    r"\b(?:storage|bucket|data|files|binlogs|object\s+store)\s+(?:is|are|lies?|sits?|lives?|being)\s+(?:kept\s+|stored\s+)?(?:on|in|at)\s+(?:an?\s+|our\s+)?"
    + "(?P<n>"
    + "|".join(f"(?P<{name}>{words})" for name, words in _STORAGES.items())
    + r")\b",
    re.IGNORECASE,
)
_FILES = {
    "parquet": r"parquet",
    "csv": r"csv|tsv",
    "json": r"json(?:l|\s?lines)?|ndjson",
    "numpy": r"num\s?py|npy|npz",
}
_FILE = "|".join(f"(?P<{name}>{words})" for name, words in _FILES.items())
_NO_FILE = r"(?!\s+(?:field|column|path|key|type|error|exception|parse|decode)s?\b)"
_BETWEEN = r"(?:(?!pymilvus|module)[^.?!])"
_FAILS = re.compile(
    r"\b(?:fail\w*|errors?|exceptions?|wrong|stuck|hangs?|crash\w*|slow\w*|not\s+work\w*)\b", re.IGNORECASE
)
_LOADS = r"(?:bulk[\s-]?\w+|import\w*|load(?:ing)?|insert\w*|ingest\w*|upload\w*)"
_LOADED_FILES = (
    re.compile(rf"\b{_LOADS}\b{_BETWEEN}{{0,50}}?\b(?:{_FILE})\b{_NO_FILE}", re.IGNORECASE),
    re.compile(
        rf"(?<!\w)(?:{_FILE})\b{_NO_FILE}{_BETWEEN}{{0,60}}?\b{_LOADS}\b",
        re.IGNORECASE,
    ),
)
_INSTALLS = {"docker": r"\bdocker\b", "helm": r"\bhelm\b", "operator": r"\boperator\b"}
_OLD_FILE = re.compile(
    r"\blite\b[^.?!]{0,60}\.db\b|\.db\b[^.?!]{0,60}\b(?:lite|old)\b|\bold\b[^.?!]{0,30}\.db\b", re.IGNORECASE
)


_LEAVES_FOR_MILVUS = re.compile(
    r"\bfrom\s+(?:an?\s+|the\s+|our\s+|my\s+)?(?P<name>[a-z][\w.\-]*(?:\s[\w.\-]+){0,2}?)\s+(?:in)?to\s+(?:milvus|zilliz)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Mention:
    name: str
    start: int
    end: int
    foreign: bool


def read_move(text: str) -> dict[str, object]:
    """Return where `text` moves from and to, and whether it is about backups; empty when it moves nothing.

    Keys: `from` and `to` (a database, a deployment, files of a kind, or `milvus-VERSION`), `backup` or
    `restore` (True), with them `install` and `storage` where they are said.

    >>> read_move("how do I migrate from pinecone to zilliz cloud?")
    {'from': 'pinecone', 'to': 'cloud'}
    >>> read_move("upgrade from 2.4.15 to v2.6")
    {'from': 'milvus-2.4.15', 'to': 'milvus-2.6'}
    """
    found: dict[str, object] = {}
    mentions = _mentions(text)
    foreign = [one for one in mentions if one.foreign]
    moving = bool(_MOVING.search(text) or _ARROW.search(text)) or bool(
        foreign and re.search(r"\bto\s+(?:milvus|zilliz)", text, re.IGNORECASE)
    )
    if (moving or _RESTORE.search(text)) and mentions:
        found |= _directions(text, mentions)
    if "from" not in found:
        found = _other_system(text) | found
    if "from" not in found:
        found = _loaded_files(text) | found
    if found.get("from") in (None, "lite") and _OLD_FILE.search(text):
        found = {"from": "lite-old"} | {key: value for key, value in found.items() if key != "from"}
    if found.get("from") == found.get("to"):
        found.pop("to", None)
    return found | _backups(text, found, mentions)


def _backups(text: str, found: Mapping[str, object], mentions: list[_Mention]) -> dict[str, object]:
    """Return whether the text is about a backup or a restore, and what it says of the installation."""
    if not _BACKUP.search(text):
        return {}
    restore = _RESTORE.search(text) and not _BACK_UP.search(text)
    said: dict[str, object] = {"restore" if restore else "backup": True}
    if not restore and not {"from", "to"} & found.keys():
        own = [one.name for one in mentions if not one.foreign and _OWN.search(text[: one.start])]
        said |= {"from": own[0]} if own else {}
    stored = _STORED.search(text)
    if stored:
        said["storage"] = next(name for name in _STORAGES if stored[name])
    installs = [name for name, words in _INSTALLS.items() if re.search(words, text, re.IGNORECASE)]
    return said | ({"install": installs[0]} if len(installs) == 1 else {})


def _loaded_files(text: str) -> dict[str, object]:
    """Return the kind of the files that the text wants to import: they are where the data is.

    An import that fails asks for no plan of it.
    """
    if _FAILS.search(text):
        return {}
    for pattern in _LOADED_FILES:
        match = pattern.search(text)
        if match:
            return {"from": next(name for name in _FILES if match[name])}
    return {}


def _other_system(text: str) -> dict[str, object]:
    """Return a database without a way of its own that the text leaves for Milvus: `from mysql to milvus`."""
    named = _LEAVES_FOR_MILVUS.search(text)
    said = " ".join(named["name"].lower().split()) if named else ""
    known = said and any(re.fullmatch(row["words"], said) for row in table("migration")["other_systems"])
    return {"from": said} if known else {}


def _mentions(text: str) -> list[_Mention]:
    found: list[_Mention] = []
    for names, foreign in ((SYSTEMS, True), (_DEPLOYMENTS, False)):
        for name, pattern in names.items():
            for match in re.finditer(
                rf"(?<![A-Za-z0-9_@/.])(?:{pattern})(?![A-Za-z0-9_@])", text, re.IGNORECASE
            ):
                if not any(one.start < match.end() and match.start() < one.end for one in found):
                    found.append(_Mention(name, match.start(), match.end(), foreign))
    for match in re.finditer(rf"(?<![\w.\-/])(?:milvus)?{_VERSION}", text, re.IGNORECASE):
        if not _OTHER_SOFTWARE.search(text[max(0, match.start() - 30) : match.start()]):
            found.append(_Mention(f"milvus-{match['version'].lower()}", match.start(), match.end(), False))
    return sorted(found, key=lambda one: one.start)


def _directions(text: str, mentions: list[_Mention]) -> dict[str, object]:
    found: dict[str, object] = {}
    for one in mentions:
        before = text[max(0, one.start - 40) : one.start]
        if _TO.search(before):
            found.setdefault("to", one.name)
        elif _FROM.search(before):
            found.setdefault("from", one.name)
    if "from" not in found:
        left = [one for one in mentions if one.name != found.get("to")]
        foreign = [one for one in left if one.foreign]
        first = foreign or [
            one for one in left if "to" in found and one.start < _place(mentions, found["to"])
        ]
        if first:
            found = {"from": first[0].name} | found
    if "to" not in found and any(one.foreign and one.name == found.get("from") for one in mentions):
        # Who leaves another database and names one place of Milvus wants to go there.
        places = {one.name for one in mentions if not one.foreign}
        found |= {"to": places.pop()} if len(places) == 1 else {}
    return {key: found[key] for key in ("from", "to") if key in found}


def _place(mentions: list[_Mention], name: object) -> int:
    return next(one.start for one in mentions if one.name == name)
