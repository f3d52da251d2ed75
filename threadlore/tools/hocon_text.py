"""Writes plain values as HOCON, the form of job files: with the standard library alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_KEY = re.compile(r"[A-Za-z_][\w.\-]*")
"""Keys that mean themselves; a point parts levels, as it does in a job file."""


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """A value that is read from a variable of the environment when the file is."""

    name: str


def to_hocon(value: dict[str, object], *comments: str) -> str:
    """Return `value` (dicts, lists, text, numbers, flags, FromEnvironment) as HOCON that ends in a newline.

    Substitutions stand outside quotes: inside them HOCON takes them for text. `comments` stand above.

    >>> print(to_hocon({"sink": {"Milvus": {"batch_size": 100, "token": FromEnvironment("TOKEN")}}}), end="")
    sink {
      Milvus {
        batch_size = 100
        token = ${TOKEN}
      }
    }
    """
    lines = [f"# {line}".rstrip() for comment in comments for line in comment.split("\n")]
    return "\n".join([*lines, *_members(value, "")]) + "\n"


def _members(value: dict[str, object], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        name = _key(key)
        if isinstance(inner, dict) and inner:
            yield f"{indent}{name} {{"
            yield from _members(inner, f"{indent}  ")
            yield f"{indent}}}"
        elif isinstance(inner, list) and inner and all(isinstance(one, dict) for one in inner):
            yield f"{indent}{name} = ["
            yield from (f"{indent}  {_inline(one)}" for one in inner)
            yield f"{indent}]"
        else:
            yield f"{indent}{name} = {_inline(inner)}"


def _key(key: str) -> str:
    return key if _KEY.fullmatch(key) else json.dumps(key, ensure_ascii=True)


def _inline(value: object) -> str:
    if isinstance(value, FromEnvironment):
        return f"${{{value.name}}}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=True)
