"""Reads around what a deployment must fit in: platform, people, Kubernetes, rules, what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from threadlore.tools.names import find_names

_NO_KUBERNETES = re.compile(
    r"\b(?:no|without|nobody|none|not?\s+(?:use|have|know)|don'?t)\b[^.?!]{0,24}\b(?:kubernetes|k8s)\b",
    re.IGNORECASE,
)
_KUBERNETES = re.compile(
    r"\b(?:we|i)(?:['’](?:re|m|ve)|\s+(?:are|am|have|use|run|got))\s+(?:already\s+)?(?:all\s+)?(?:on|use|using|run|running|got|have|an?|our|in)?\s*"
    r"(?:(?:an?|our|on|existing|managed|in)\s+){0,2}(?:kubernetes|k8s|eks|gke|aks|openshift)\b"
    r"|(?:^|[,;.]\s*|\band\s+)(?:have|got|run|running|using)\s+(?:an?\s+|our\s+|own\s+)?(?:kubernetes|k8s|eks|gke|aks|openshift)\b"
    r"|\b(?:our|existing|own)\s+(?:\w+\s+)?(?:kubernetes|k8s|eks|gke|aks|openshift)\b"
    r"|\b(?:kubernetes|k8s|eks|gke|aks|openshift)\s+(?:cluster\s+)?(?:already|is\s+there|at\s+hand|available)\b",
    re.IGNORECASE,
)
_OPS = r"(?:dev\s?ops|ops|operations|sre|infra(?:structure)?|platform|sys\s?admins?|admins?)"
_OPS_PERSON = r"(?:dev\s?ops|ops|sre|sys\s?admins?|admins?)"
"""What names people by itself: `a platform` or `no infrastructure` is nobody."""

_NO_OPS = re.compile(
    rf"\b(?:no|without(?:\s+an?y?)?|(?:don['’]?t|do\s+not)\s+have\s+(?:an?y?\s+)?|zero)\s*(?:dedicated\s+|real\s+)?"
    rf"(?:{_OPS}\s+(?:team|people|person|staff|guys?|engineers?|capacity|knowledge|experience)|{_OPS_PERSON})\b"
    rf"|\b(?:nobody|no\s+one|noone)\s+(?:in|for|on|doing)\s+{_OPS_PERSON}\b"
    r"|\b(?:nobody|no\s+one|noone)\b[^.?!]{0,20}\b(?:run|operate|maintain|manage|look\s+after|babysit)\b",
    re.IGNORECASE,
)
_SOME_OPS = re.compile(
    rf"\b(?:one|1|a|single|only)\s+(?:\w+\s+)?(?:{_OPS}\s+(?:guy|person|engineer|man|colleague)|{_OPS_PERSON})\b"
    r"(?!\s+(?:team|cluster))|\bpart[\s-]time\b|\bsmall\s+team\b",
    re.IGNORECASE,
)
_OPS_TEAM = re.compile(rf"\b{_OPS}\s+(?:team|crew|engineers)\b", re.IGNORECASE)
_NO_CLOUD = re.compile(
    r"\b(?:must\s?n['’o]t|must\s+not|can(?:['’]?t|\s?not)(?:\s+ever)?|may\s+not|(?:is|are)(?:n['’]t|\s+not)\s+allowed\s+to|never|shall\s+not"
    r"|should\s?n['’]t|won['’]t|not\s+to)\b[^.?!]{0,12}\bleave\b"
    r"|\bno\s+(?:public\s+)?(?:cloud|saas)\b|\b(?:can['’]?t|cannot|not\s+allowed\s+to|may\s+not)\s+use\s+(?:the\s+|any\s+)?(?:public\s+)?cloud\b"
    r"|\b(?:must|has\s+to|have\s+to|needs?\s+to)\s+(?:stay|be|run|remain|live)\s+(?:on[\s-]prem\w*|in[\s-]house|in\s+our\s+(?:own\s+)?(?:data\s?cent(?:er|re)|network))"
    r"|\bon[\s-]prem\w*\s+only\b|\bonly\s+on[\s-]prem\w*",
    re.IGNORECASE,
)
_OPERATIONS = (("none", _NO_OPS), ("some", _SOME_OPS), ("team", _OPS_TEAM))
_NO_DOCKER = re.compile(
    r"\b(?:no|without|not?\s+(?:use|have|allowed)|(?:can|do|may|must)(?:['’]?t|\s?not)\s+(?:use|have|run|install))\b"
    r"[^.?!,]{0,12}\bdocker\b|\bdocker\b[^.?!,]{0,16}\b(?:(?:is|are)(?:n['’]t|\s+not)|not)\s+(?:allowed|available|possible|an\s+option)\b",
    re.IGNORECASE,
)
_NOT_NEEDED = re.compile(
    r"(?:\b(?:no|without|not(?:\s+(?:on|in|for|need(?:ed)?|use|using|want|have|run(?:\s+on)?))?)|n['’]?t\s+(?:need|use|want|have|run(?:\s+on)?))"
    r"\s+(?:an?\s+|any\s+|the\s+)?(?!only\b|just\b)[\w-]+",
    re.IGNORECASE,
)
"""A feature or a platform that is named to be left out: `we don't need HA`, `not on Windows`."""

_FEATURES = frozenset({"full_text", "hybrid", "rbac", "multi_tenancy", "cdc", "tls", "high_availability"})
"""Features whose names mean nothing else in a sentence."""


def read_surroundings(text: str) -> Iterator[tuple[str, object]]:
    """Yield what `text` says of machines, people and rules, by argument name.

    Keys: platform, cpu, purpose, features, kubernetes (naming it does not mean having it), docker (only
    False), operations, cloud_allowed (only False).

    >>> dict(read_surroundings("no devops people, and the data must not leave our network"))
    {'operations': 'none', 'cloud_allowed': False}
    """
    wanted = _NOT_NEEDED.sub(" ", text)
    for kind in ("platform", "cpu", "purpose"):
        found = find_names(kind, wanted if kind == "platform" else text)
        if len(found) == 1:
            yield kind, found[0]
    features = [name for name in find_names("feature", wanted) if name in _FEATURES]
    if features:
        yield "features", features
    if _NO_KUBERNETES.search(text):
        yield "kubernetes", False
    elif _KUBERNETES.search(text):
        yield "kubernetes", True
    if _NO_DOCKER.search(text):
        yield "docker", False
    operations = next((level for level, pattern in _OPERATIONS if pattern.search(text)), None)
    if operations:
        yield "operations", operations
    if _NO_CLOUD.search(text):
        yield "cloud_allowed", False
