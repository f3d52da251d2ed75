"""Writes plain values as YAML, with the standard library alone: what the tools hand out as files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_PLAIN = re.compile(r"[A-Za-z_/][\w./\-]*(?::[\w./\-]+)*")
"""Words that mean themselves: nothing a YAML reader takes for a number, a date, a comment or a key."""

_UNREADABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
"""Characters that YAML does not take as they are, or takes for the end of a line."""

_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "none", "nan", "inf"})
"""Words that some YAML reader takes for something else."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with a comment behind it."""

    value: object
    note: str


def to_yaml(value: object, *comments: str) -> str:
    """Return `value` (dicts, lists, text, numbers, flags, None) as YAML that ends in a newline.

    `comments` stand above it, a line each. Text that could be read as anything else is quoted as JSON is.

    >>> print(to_yaml({"replicas": 2, "cpu": "2", "tags": ["a", "b"]}), end="")
    replicas: 2
    cpu: "2"
    tags:
      - a
      - b
    """
    lines = [f"# {line}".rstrip() for comment in comments for line in comment.split("\n")]
    return "\n".join([*lines, *_lines(value, "")]) + "\n"


def _lines(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _entry(f"{indent}{_scalar(str(key))}:", inner, indent)
    elif isinstance(value, list | tuple) and value:
        for inner in value:
            yield from _item(inner, indent)
    else:
        yield f"{indent}{_scalar(value)}"


def _entry(head: str, value: object, indent: str) -> Iterator[str]:
    inner, note = (value.value, f"  # {value.note}") if isinstance(value, Noted) else (value, "")
    if isinstance(inner, dict | list | tuple) and inner:
        yield head + note
        yield from _lines(inner, f"{indent}  ")
    else:
        yield f"{head} {_scalar(inner)}{note}"


def _item(value: object, indent: str) -> Iterator[str]:
    inner, note = (value.value, f"  # {value.note}") if isinstance(value, Noted) else (value, "")
    if isinstance(inner, dict | list | tuple) and inner:
        first, *rest = _lines(inner, f"{indent}  ")
        yield f"{indent}- {first.lstrip()}{note}"
        yield from rest
    else:
        yield f"{indent}- {_scalar(inner)}{note}"


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        # YAML takes 5e-07 for text: a number in powers of ten needs its point.
        return re.sub(r"^(-?\d+)e", r"\1.0e", json.dumps(value))
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return _UNREADABLE.sub(lambda one: f"\\u{ord(one[0]):04x}", json.dumps(text, ensure_ascii=False))
