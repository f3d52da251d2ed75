"""Checks what goes to and comes from an endpoint against OpenAI's own specification."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SCHEMAS = {
    ("/chat/completions", "request"): "CreateChatCompletionRequest",
    ("/chat/completions", "response"): "CreateChatCompletionResponse",
    ("/embeddings", "request"): "CreateEmbeddingRequest",
    ("/embeddings", "response"): "CreateEmbeddingResponse",
    ("/models", "response"): "ListModelsResponse",
}
ADDRESS = "urn:openai"


class OpenAISpecification:
    """A validator for `threadlore.testing.endpoint`, made from the OpenAPI file at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _validators(self) -> dict[tuple[str, str], Draft202012Validator]:
        document = _nullable(json.loads(self._path.read_text(encoding="utf-8")))
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        registry = Registry().with_resource(ADDRESS, resource)
        return {
            place: Draft202012Validator({"$ref": f"{ADDRESS}#/components/schemas/{name}"}, registry=registry)
            for place, name in SCHEMAS.items()
        }

    def __call__(self, path: str, direction: str, body: Any) -> None:
        """Raise ValueError where `body` is not what the specification says, or names what it has not."""
        for error in self._validators[path, direction].iter_errors(body):
            raise ValueError(f"{error.json_path}: {error.message}"[:500])
        if direction == "request" and (unknown := body.keys() - self._fields(path)):
            raise ValueError(f"unknown fields {sorted(unknown)}")

    def _fields(self, path: str) -> set[str]:
        document = json.loads(self._path.read_text(encoding="utf-8"))
        schemas = document["components"]["schemas"]

        def fields(schema: dict[str, Any]) -> set[str]:
            if "$ref" in schema:
                return fields(schemas[schema["$ref"].rsplit("/", 1)[1]])
            return set(schema.get("properties", {})).union(*map(fields, schema.get("allOf", [])))

        return fields(schemas[SCHEMAS[path, "request"]])


def _nullable(schema: Any) -> Any:
    """Return the document with OpenAPI 3.0's `nullable`, which it still uses, as JSON Schema says it."""
    if isinstance(schema, list):
        return [_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _nullable(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
