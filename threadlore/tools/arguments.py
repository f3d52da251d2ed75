"""Arguments of a tool: a dataclass field describes one; its JSON Schema, and how words for it are read."""

from __future__ import annotations

import dataclasses
import math
import re
import types
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal, Union, get_args, get_origin

from threadlore.tools.names import find_names
from threadlore.tools.units import read_bytes, read_count, read_milliseconds, read_share

Unit = Literal["count", "bytes", "share", "ms", ""]

LONGEST_WORD = 200
"""Characters of a bad value that an error repeats, at most."""


class ToolInputError(ValueError):
    """Arguments that a tool cannot work with. `missing` names those that were not given."""

    def __init__(self, message: str, hint: str = "", missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.missing = missing


def argument(  # noqa: PLR0913 - what describes an argument, by name
    description: str,
    default: Any = dataclasses.MISSING,
    *,
    ask: str = "",
    unit: Unit = "",
    limits: tuple[float, float] | None = None,
    names: str = "",
    called: str = "",
) -> Any:
    """Return a dataclass field that describes an argument of a tool.

    The field's type says what may be given: int, float, bool, str, a Literal, a tuple of str or of a
    Literal (several values, in a list or parted by commas), or any of them `| None` for one that may be
    left open.

    Args:
        description: what the argument is, for people and for a model.
        default: its value when it is not given; without one the argument is required.
        ask: the question that asks a person for it.
        unit: how words for it are read: a count (`10M`), bytes (`2KB`), a share (`90%`, 0.9) or
            milliseconds (`20ms`, `0.5s`).
        limits: smallest and largest value, both allowed.
        names: kind of name in `names.find_names` whose other spellings are understood.
        called: its name, where that is a keyword of Python and no field can be called so (`from`).
    """
    metadata = {
        "description": description,
        "ask": ask,
        "unit": unit,
        "limits": limits,
        "names": names,
        "called": called,
    }
    return field(default=default, metadata=metadata)


def name_of(item: dataclasses.Field[Any]) -> str:
    """Return the name by which an argument is given."""
    return str(item.metadata["called"] or item.name)


_JSON_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}


def plain_type(hint: Any) -> Any:
    """Return the type of an argument without `| None`."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(one for one in get_args(hint) if one is not type(None))
    return hint


def is_many(hint: Any) -> bool:
    """Tell whether an argument takes several values."""
    return get_origin(plain_type(hint)) is tuple


def _one_schema(hint: Any) -> dict[str, Any]:
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    return {"type": _JSON_TYPES[hint]}


def schema_of(hint: Any, item: dataclasses.Field[Any]) -> dict[str, Any]:
    """Return the JSON Schema of one argument."""
    schema: dict[str, Any] = {"description": item.metadata["description"]}
    plain = plain_type(hint)
    if is_many(hint):
        schema |= {"type": "array", "items": _one_schema(get_args(plain)[0])}
    else:
        schema |= _one_schema(plain)
    if item.metadata["limits"]:
        bounded = schema["items"] if is_many(hint) else schema
        bounded["minimum"], bounded["maximum"] = item.metadata["limits"]
    if item.default not in (dataclasses.MISSING, None):
        schema["default"] = list(item.default) if isinstance(item.default, tuple) else item.default
    return schema


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_WORD else f"{text[:LONGEST_WORD]}..."


def _in_words(name: str, value: str, unit: Unit) -> float:
    try:
        if unit == "bytes" and not value.strip().isdigit():
            return read_bytes(value)
        if unit == "share":
            return read_share(value)
        if unit == "ms":
            return read_milliseconds(value)
        return read_count(value)
    except (ValueError, OverflowError) as error:
        example = {"share": "0.9 or 90%", "ms": "20ms or 0.5s"}.get(unit, "10M, 1.5B or 2KB")
        raise ToolInputError(
            f"{name} is {_shown(value)}, which is no number.", f"Write it like {example}."
        ) from error


def _number(name: str, value: object, unit: Unit, *, whole: bool) -> float:
    number: Any = _in_words(name, value, unit) if isinstance(value, str) else value
    if whole and isinstance(value, str) and re.fullmatch(r"\s*\d+\.\d+\s*", value):
        # A fraction without a scale is no count that somebody rounded.
        number = float(value)
    kind = "whole number" if whole else "number"
    usable = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
    if not usable or (whole and number != int(number)):
        raise ToolInputError(f"{name} is {_shown(value)}, which is no {kind}.", f"Give a {kind}.")
    return int(number) if whole else float(number)


def _choice(name: str, value: object, choices: tuple[str, ...], names: str) -> str:
    if isinstance(value, str):
        canonical = find_names(names, value) if names else []
        for candidate in (value.strip(), *canonical):
            for choice in choices:
                if _letters(candidate) == _letters(choice):
                    return choice
    raise ToolInputError(f"{name} is {_shown(value)}.", f"Use one of {', '.join(choices)}.")


def _letters(text: str) -> str:
    return text.upper().replace("-", "_").replace(" ", "_")


def is_yes(value: object) -> bool:
    """Return whether a value says yes, in any form that a flag takes."""
    return value is True or (isinstance(value, str) and value.lower() in {"true", "yes", "on"})


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false", "yes", "no", "on", "off"}:
        return is_yes(value)
    raise ToolInputError(f"{name} is {_shown(value)}.", "Use true or false.")


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise ToolInputError(f"{name} is {_shown(value)}, which is no text.", "Give a text.")


def _listed(name: str, value: object) -> list[object]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list | tuple):
        return list(value)
    raise ToolInputError(f"{name} is {_shown(value)}, which is no list.", "Give a list, or words and commas.")


def read_value(name: str, hint: Any, item: dataclasses.Field[Any], value: object) -> object:
    """Return the value of one argument as its type asks for it.

    Raises:
        ToolInputError: it is of the wrong kind, or out of range.
    """
    plain = plain_type(hint)
    if is_many(hint):
        inner = get_args(plain)[0]
        return tuple(_read_one(name, inner, item.metadata, one) for one in _listed(name, value))
    return _read_one(name, plain, item.metadata, value)


def _read_one(name: str, hint: Any, metadata: Mapping[str, Any], value: object) -> object:
    if get_origin(hint) is Literal:
        return _choice(name, value, get_args(hint), metadata["names"])
    if hint is bool:
        return _flag(name, value)
    if hint is str:
        return _text(name, value)
    number = _number(name, value, metadata["unit"], whole=hint is int)
    limits = metadata["limits"]
    if limits and not limits[0] <= number <= limits[1]:
        raise ToolInputError(
            f"{name} is {number:,}.", f"It must lie between {limits[0]:,} and {limits[1]:,}."
        )
    return number
