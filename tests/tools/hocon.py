"""Reads what HOCON a job file may hold, strictly: objects, lists, JSON values, substitutions, comments."""

from __future__ import annotations

import json
import re
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?P<token>[{}\[\]=:,]|"(?:[^"\\\n]|\\.)*"|\$\{[A-Z][A-Z0-9_]*\}|-?\d[\d.eE+\-]*"""
    r"""|[A-Za-z_][\w.\-]*)"""
)


class Substitution(str):
    """The name of a variable that a value is taken from."""


def read_hocon(text: str) -> dict[str, Any]:
    """Return a file as dicts and lists; raises ValueError for anything that is not of the form."""
    tokens, at = [], 0
    # No value here goes over several lines.
    text = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#")).rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"not HOCON: {text[at : at + 40]!r}")
        tokens.append(match["token"])
        at = match.end()
    rest = list(reversed(tokens))
    found = _members(rest, closing="")
    if rest:
        raise ValueError(f"left over: {rest[-1]!r}")
    return found


def _members(rest: list[str], closing: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while rest and rest[-1] != closing:
        word = rest.pop()
        if word in "{}[]=:,":
            raise ValueError(f"{word!r} where a key should be")
        key = json.loads(word) if word.startswith('"') else word
        if key in found:
            raise ValueError(f"{key} stands twice")
        if rest and rest[-1] in "=:":
            rest.pop()
        elif not rest or rest[-1] != "{":
            raise ValueError(f"{key} has no value")
        found[key] = _value(rest)
        if rest and rest[-1] == ",":
            rest.pop()
    if closing:
        if not rest:
            raise ValueError(f"{closing} is missing")
        rest.pop()
    return found


def _value(rest: list[str]) -> Any:
    word = rest.pop()
    if word == "{":
        return _members(rest, "}")
    if word == "[":
        found = []
        while rest and rest[-1] != "]":
            found.append(_value(rest))
            if rest and rest[-1] == ",":
                rest.pop()
        rest.pop()
        return found
    if word.startswith("${"):
        return Substitution(word[2:-1])
    return json.loads(word)
