"""Where data is, and where it shall be: names of systems, deployments and versions as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from threadlore.tools.arguments import ToolInputError
from threadlore.tools.tables import table

LONGEST_NAME = 100
"""Characters of a name that are looked at and repeated, at most."""

_DEPLOYMENTS = {
    "lite": "Milvus Lite",
    "lite-old": "Milvus Lite 2.x (a .db file)",
    "standalone": "Milvus Standalone",
    "distributed": "Milvus Distributed",
    "server": "Milvus",
    "cloud": "Zilliz Cloud",
}
_WORDS = (
    ("cloud", r"\bzilliz\b|^(?:milvus |managed )?cloud$|\bserverless\b|\bdedicated\b|\bbyoc\b"),
    ("lite", r"\blite\b|\.db\b|\blite3\b"),
    ("standalone", r"\bstand ?alone\b|单机版?|\bdocker( compose)?\b"),
    ("distributed", r"\bdistributed\b|\bcluster\b|分布式|集群版?|\bkubernetes\b|\bk8s\b"),
)
_VERSION = re.compile(
    r"(?<![\w.])v? ?(\d{1,3})(?:\.(\d{1,3}|x))?(?:\.(\d{1,3}|x))?(?:[.\- ]?[a-z]\w*)*(?![\w.])"
)
_MILVUS_WORDS = re.compile(r"\b(?:milvus|self hosted|on prem(?:ises?)?|open ?source|oss|server|version)\b")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of Milvus; `patch` is None where only the minor one was said."""

    major: int
    minor: int
    patch: int | None = None

    @property
    def name(self) -> str:
        """Return `major.minor`."""
        return f"{self.major}.{self.minor}"

    @property
    def full(self) -> str:
        """Return it as it was said."""
        return self.name if self.patch is None else f"{self.name}.{self.patch}"

    @property
    def order(self) -> tuple[int, int]:
        """Return what minor versions are ordered by."""
        return self.major, self.minor

    def surely_before(self, other: Version) -> bool:
        """Tell whether it is older than `other`, whatever its patch may be."""
        if self.order != other.order:
            return self.order < other.order
        return self.patch is not None and self.patch < (other.patch or 0)


@dataclass(frozen=True, slots=True)
class Place:
    """A system with its deployment and version, as far as they were said.

    `system` is a name of the table `migration`, or milvus, or `other` for a database without a way of its
    own; `deployment` is lite, lite-old, standalone, distributed, server (self-hosted, no matter which) or
    cloud for Milvus, and empty for other systems.
    """

    system: str
    title: str
    deployment: str = ""
    version: Version | None = None

    @property
    def kind(self) -> str:
        """Return the name under which the table of routes lists it as a source."""
        if self.system != "milvus":
            return self.system
        if self.deployment in ("lite", "lite-old", "cloud"):
            return self.deployment
        return "milvus1" if self.version and self.version.major < 2 else "milvus"

    @property
    def target(self) -> str:
        """Return the name under which the table of routes lists it as a target."""
        return self.deployment if self.deployment in ("lite", "cloud") else "server"


def read_version(text: str) -> Version:
    """Return a version as people write it: `2.4`, `v2.6.3`, `3`, `2.5.x`.

    Raises:
        ToolInputError: it is none.
    """
    match = _VERSION.search(text.lower())
    if match is None:
        raise ToolInputError(f"{text[:LONGEST_NAME]!r} is no version of Milvus.", "Write it as 2.6 or 2.6.3.")
    minor, patch = match[2], match[3]
    return Version(
        int(match[1]),
        int(minor) if minor and minor != "x" else 0,
        int(patch) if patch and patch != "x" else None,
    )


def _checked(version: Version, said: str) -> Version:
    known = [row["name"] for row in table("migration")["versions"]]
    if version.name in known:
        return version
    hint = f"Known are {', '.join(known)}."
    raise ToolInputError(f"{said!r}: there is no Milvus {version.name} in the tables.", hint)


def _plain(text: str) -> str:
    apart = re.sub(r"(milvus|standalone|distributed|cluster|lite)(?=v?\d)", r"\1 ", text.lower())
    return " ".join(re.sub(r"[_\-/,:()+]+", " ", apart).split())


def read_place(text: str, argument: str) -> Place:
    """Return the place that `text` names: `qdrant`, `milvus-2.4`, `standalone 2.5`, `zilliz`, `v2.6`.

    Raises:
        ToolInputError: nothing that is known goes by that name, or Milvus has no such version.
    """
    said = text.strip()[:LONGEST_NAME]
    plain = _plain(text.strip()[:LONGEST_NAME])
    foreign = _foreign(plain)
    if foreign:
        return foreign
    deployment = next((name for name, words in _WORDS if re.search(words, plain)), "")
    version_text = _MILVUS_WORDS.sub(" ", plain)
    version = read_version(version_text) if _VERSION.search(version_text) else None
    if not deployment and version is None and not _MILVUS_WORDS.search(plain):
        raise ToolInputError(
            f"{argument} is {said!r}, which is no system that is known here.",
            f"Use one of {', '.join(place_names())}; Milvus with a version as milvus-2.6.",
        )
    return _milvus(deployment or "server", version, said)


def _milvus(deployment: str, version: Version | None, said: str) -> Place:
    if deployment == "cloud":
        return Place("milvus", _DEPLOYMENTS["cloud"], "cloud")
    if deployment == "lite":
        old = bool(version and version.major < 3) or bool(re.search(r"\bold\b", said.lower()))
        name = "lite-old" if old else "lite"
        return Place("milvus", _DEPLOYMENTS[name], name)
    if version is not None:
        version = _checked(version, said)
    title = _DEPLOYMENTS[deployment] + (f" {version.full}" if version else "")
    return Place("milvus", title, deployment, version)


def _foreign(plain: str) -> Place | None:
    """Return the other system that `plain` names, with or without a version of its own."""
    bare = re.sub(r"\s+v?\d[\w.]*$", "", plain)
    for row in table("migration")["systems"]:
        if any(re.fullmatch(row["words"], one) for one in (plain, bare)):
            return Place(row["name"], row["title"])
    for row in table("migration")["other_systems"]:
        if any(re.fullmatch(row["words"], one) for one in (plain, bare)):
            return Place("other", bare)
    return None


def place_names() -> list[str]:
    """Return the names by which places are given."""
    systems = [row["name"] for row in table("migration")["systems"]]
    return [*systems, "milvus-VERSION", *(name for name in _DEPLOYMENTS if name != "server")]
