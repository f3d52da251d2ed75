"""The smallest value that fits a JSON Schema, as far as pydantic writes them."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def smallest(schema: Schema, root: Schema | None = None) -> object:
    """Return the smallest value that fits `schema`: required fields alone, empty lists, first choices.

    >>> smallest({"type": "object", "properties": {"a": {"type": "integer", "minimum": 3}}})
    {'a': 3}
    """
    root = schema if root is None else root
    if "$ref" in schema:
        target: Schema = root
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        return smallest(target, root)
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        null = {"type": "null"}
        return None if null in schema["anyOf"] else smallest(schema["anyOf"][0], root)
    return _typed(schema, root)


def _typed(schema: Schema, root: Schema) -> object:
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: smallest(fields[name], root) for name in schema.get("required") or fields}
    if kind == "array":
        return [smallest(schema.get("items", {}), root)] * int(schema.get("minItems", 0))
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    if kind == "boolean":
        return False
    return "x" * int(schema.get("minLength", 0)) if kind == "string" else None
