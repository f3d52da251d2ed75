"""The fields to be moved, as they are typed: `id:int64,title:keyword,vec:dense_vector(768,cosine)`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from threadlore.tools.arguments import ToolInputError

MOST_FIELDS = 1024
LONGEST_TEXT = 65_536
LONGEST_FIELD = 400
_ITEM = re.compile(
    r"(?P<name>[^\s:()\[\]]{1,255})\s*:\s*(?P<type>[A-Za-z_][\w \-]*?)\s*(?:\((?P<inner>[^()]*)\))?"
    r"\s*(?P<many>\[\])?\s*(?P<flags>(?:\s|!|pk|primary|key|partition)*)"
)
_ELEMENTS = {"byte": "byte", "int8": "byte", "bit": "bit"}
"""Kinds of numbers in a vector that make it another type: `dense_vector(768,cosine,byte)`."""

_HINT = "Write name:type, several parted by commas, as id:int64,title:keyword,vec:dense_vector(768,cosine)."


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the source. `element` is the type of an array's values; vectors have `dim`, `metric`."""

    name: str
    type: str
    element: str = ""
    dim: int | None = None
    metric: str = ""
    length: int | None = None
    primary: bool = False


def _split(text: str) -> list[str]:
    """Return the parts between commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char in ",;\n" and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


def read_fields(text: str) -> tuple[Field, ...]:
    """Return the fields that `text` describes, in its order.

    Raises:
        ToolInputError: a part is no field, a name stands twice, or a number is out of range.
    """
    if len(text) > LONGEST_TEXT:
        raise ToolInputError(f"fields has {len(text):,} characters.", f"Give at most {LONGEST_TEXT:,}.")
    fields = [_field(part) for part in _split(text)]
    names = [field.name for field in fields]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(names) <= MOST_FIELDS else []
    if twice:
        raise ToolInputError(f"fields names {', '.join(twice)[:200]} twice.", _HINT)
    if len(fields) > MOST_FIELDS:
        raise ToolInputError(f"fields names {len(fields):,} fields.", f"Give at most {MOST_FIELDS:,}.")
    return tuple(fields)


def _field(part: str) -> Field:
    match = _ITEM.fullmatch(part) if len(part) <= LONGEST_FIELD else None
    if match is None:
        raise ToolInputError(f"{part[:100]!r} is no field.", _HINT)
    inner = [one.strip() for one in (match["inner"] or "").split(",") if one.strip()]
    kind = re.sub(r"[\s\-]+", "_", match["type"].strip().lower())
    primary = bool(re.search(r"pk|primary", match["flags"] or ""))
    array = re.fullmatch(r"(?:array|list)(?:_of)?(?:_(\w+?))?s?", kind)
    if match["many"] or array:
        element = kind if match["many"] else ((array[1] if array else "") or (inner[0] if inner else ""))
        return Field(match["name"], "array", element=element.lower(), primary=primary)
    numbers = [int(one) for one in inner if one.isdigit() and len(one) < 10]
    words = [one for one in inner if not one.replace(".", "").isdigit()]
    element = next((one for one in words if one.lower() in _ELEMENTS), "")
    words = [one for one in words if one.lower() not in _ELEMENTS]
    kind = f"{kind}_{_ELEMENTS[element.lower()]}" if element and "vector" in kind else kind
    odd = len(numbers) + len(words) + bool(element) < len(inner) or any(word[0].isdigit() for word in words)
    if odd or any(number < 1 for number in numbers):
        raise ToolInputError(f"{part[:100]!r} has a number out of range.", _HINT)
    first = numbers[0] if numbers else None
    return Field(
        match["name"],
        kind,
        dim=first,
        length=first,
        metric=words[0].lower() if words else "",
        primary=primary,
    )
