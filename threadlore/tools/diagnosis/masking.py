"""Masks secrets in what a diagnosis quotes back."""

from __future__ import annotations

import re

MASK = "***"

_NAMED = re.compile(
    r"((?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?access[_-]?key"
    r"|credentials?|authorization)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:bearer\s{1,3})?)[^\s\"',;}\])]{3,400}",
    re.IGNORECASE,
)
_IN_URI = re.compile(r"(://[^\s/:@]{0,100}:)[^\s@]{1,200}(?=@)")
_BEARER = re.compile(r"(\bbearer\s{1,3})[\w.~+/\-=]{8,2000}", re.IGNORECASE)
_KEYS = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\beyJ[\w\-]{10,1000}\.[\w\-]{10,2000}\.[\w\-]{5,1000}"
    r"|\b(?:sk|ghp|gho|xox[abp])[-_][A-Za-z0-9\-_]{16,200}\b"
)


def mask(text: str) -> str:
    """Return `text` with passwords, tokens and keys masked; the rest stays letter for letter.

    >>> mask("minio.secretAccessKey=minioadmin at http://root:Milvus@db:19530")
    'minio.secretAccessKey=*** at http://root:***@db:19530'
    """
    text = _IN_URI.sub(rf"\g<1>{MASK}", text)
    text = _NAMED.sub(rf"\g<1>{MASK}", text)
    text = _BEARER.sub(rf"\g<1>{MASK}", text)
    return _KEYS.sub(MASK, text)
