"""Checks of requests, answers and dispatches against Discord's own OpenAPI specification.

The specification lets undeclared keys pass; here every object is closed, so that a key that Discord does
not know is an error, in the requests of the code under test and in the fake's own answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]

_TTS: Json = {"tts": {"type": ["boolean", "null"]}}
_NSFW: Json = {"nsfw": {"type": ["boolean", "null"]}}
KNOWN: dict[str, Json] = {
    "ApplicationCommandUpdateRequest": _NSFW,
    "ApplicationCommandCreateRequest": _NSFW,
    "ApplicationCommandPatchRequestPartial": _NSFW,
    "RichEmbed": {"flags": {"type": ["integer", "null"]}},
    "CreatedThreadResponse": {"message": {"$ref": "#/components/schemas/MessageResponse"}},
    "CreateForumThreadRequest": {"type": {"type": "integer"}},
    "MessageEditRequestPartial": _TTS,
    "BaseCreateMessageCreateRequest": _TTS,
    "IncomingWebhookUpdateRequestPartial": _TTS,
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": _TTS,
}
"""Keys that Discord knows and its specification lacks: its documentation has them, or every release of
discord.py sends them."""

KNOWN_QUERIES = {("POST", "/channels/{channel_id}/threads"): {"use_nested_fields"}}
"""The same for queries, by route."""


def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(1 << 31) <= value < 1 << 31


_FORMATS = FormatChecker(formats=())
for _name, _check in {"date-time": _is_time, "uri": _is_uri, "int32": _is_int32}.items():
    _FORMATS.checks(_name, raises=ValueError)(_check)


class Specification:
    """Discord's specification with every object closed.

    Where it is stricter than Discord, Discord wins: ids in requests may be numbers, permission bits in
    requests strings, media channels (type 16) and forwards exist, and there are the keys of `KNOWN`.
    """

    def __init__(self, document: Json) -> None:
        answers = json.loads(json.dumps(document))
        _loosen(answers["components"]["schemas"])
        _close(answers, inside_all_of=False)
        requests = json.loads(json.dumps(answers))
        schemas = requests["components"]["schemas"]
        schemas["SnowflakeType"] = {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}
        _loosen_overwrites(requests)
        self.paths: Json = answers["paths"]
        self._documents = {"answers": answers, "requests": requests}
        self._registry: Registry[Any] = Registry().with_resources(
            (f"urn:{name}", DRAFT202012.create_resource(body)) for name, body in self._documents.items()
        )
        self._validator = cache(self._new_validator)

    @classmethod
    def load(cls, path: Path) -> Specification:
        """Read the specification from its JSON file."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def knows(self, method: str, path: str) -> bool:
        """Say whether Discord has this route."""
        return method.lower() in self.paths.get(path, {})

    def request_faults(self, method: str, path: str, query: Mapping[str, str], body: Any) -> list[str]:
        """Return what is wrong with a request: its query and its JSON body (None for none)."""
        operation = self.paths[path][method.lower()]
        faults = self._query_faults(path, method, operation, query)
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return faults + (["a body where none belongs"] if body is not None else [])
        if body is None:
            required = operation["requestBody"].get("required", False)
            return faults + (["no body"] if required else [])
        pointer = f"/paths/{_escape(path)}/{method.lower()}/requestBody/content/application~1json/schema"
        return faults + self._faults("requests", pointer, body)

    def _query_faults(self, path: str, method: str, operation: Json, query: Mapping[str, str]) -> list[str]:
        declared = {
            one["name"]: n for n, one in enumerate(operation.get("parameters", ())) if one["in"] == "query"
        }
        known = {*declared, *KNOWN_QUERIES.get((method, path), ())}
        faults = [f"query: {name!r} is not declared" for name in query if name not in known]
        for name, number in declared.items():
            parameter = operation["parameters"][number]
            if name in query:
                pointer = f"/paths/{_escape(path)}/{method.lower()}/parameters/{number}/schema"
                kind = self._resolved(parameter["schema"]).get("type")
                faults += [
                    f"query {name}: {one}"
                    for one in self._faults("answers", pointer, _parsed(query[name], kind))
                ]
            elif parameter.get("required"):
                faults.append(f"query: {name!r} is missing")
        return faults

    def _resolved(self, schema: Json) -> Json:
        name = schema.get("$ref", "").rpartition("/")[2]
        found: Json = self._documents["answers"]["components"]["schemas"].get(name, schema)
        return found

    def answer_faults(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Return what is wrong with an answer; those of 5xx are not specified."""
        if status >= 500:
            return []
        answers = self.paths[path][method.lower()]["responses"]
        key = next((k for k in (str(status), f"{status // 100}XX") if k in answers), None)
        if key is None:
            return [f"status {status} is not declared"]
        reference = answers[key].get("$ref")
        pointer = (
            reference.removeprefix("#")
            if reference
            else f"/paths/{_escape(path)}/{method.lower()}/responses/{key}"
        )
        declared = self.paths
        content = (
            self._documents["answers"]["components"]["responses"][reference.rpartition("/")[2]].get("content")
            if reference
            else declared[path][method.lower()]["responses"][key].get("content")
        )
        if not content:
            return [] if body is None else ["a body where none belongs"]
        return self._faults("answers", pointer + "/content/application~1json/schema", body)

    def object_faults(self, schema: str, value: Any) -> list[str]:
        """Return what is wrong with an object of one of the named schemas, such as MessageResponse."""
        return self._faults("answers", f"/components/schemas/{schema}", value)

    def _faults(self, document: str, pointer: str, value: Any) -> list[str]:
        validator = self._validator(document, pointer)
        if validator.is_valid(value):
            return []
        return [_told(error) for error in validator.iter_errors(value)]

    def _new_validator(self, document: str, pointer: str) -> Draft202012Validator:
        schema = {"$ref": f"urn:{document}#{pointer}"}
        return Draft202012Validator(schema, registry=self._registry, format_checker=_FORMATS)


def _told(error: ValidationError) -> str:
    """Return the cause of an error: of alternatives that all fail, the one that came closest."""
    while error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for one in error.context:
            branches.setdefault(one.schema_path[0], []).append(one)
        nearest = max(branches.values(), key=_nearness)
        error = max(nearest, key=lambda one: len(one.absolute_path))
    return f"{error.json_path}: {error.message[-300:]}"


def _nearness(errors: list[ValidationError]) -> tuple[bool, int, int]:
    """Say how near an alternative came: the right kind of thing, failing deep inside and in few places."""
    kind_fits = not any(
        one.validator in {"type", "enum", "const"} and len(one.relative_path) <= 1 for one in errors
    )
    return kind_fits, max(len(one.absolute_path) for one in errors), -len(errors)


def _escape(path: str) -> str:
    """Return a path as one part of a JSON pointer inside a URI fragment."""
    return path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _parsed(text: str, kind: Any) -> Any:
    """Return a query value as its schema's type would have it; as it is where it does not fit."""
    kinds = kind if isinstance(kind, list) else [kind]
    if "integer" in kinds and text.lstrip("-").isdigit():
        return int(text)
    if "boolean" in kinds and text.lower() in {"true", "false", "1", "0"}:
        return text.lower() in {"true", "1"}
    return text


def _loosen_overwrites(requests: Json) -> None:
    """Take an overwrite as the documentation has it, bits as text, and as discord.py sends it, with an id."""
    route = requests["paths"]["/channels/{channel_id}/permissions/{overwrite_id}"]["put"]
    properties = route["requestBody"]["content"]["application/json"]["schema"]["properties"]
    properties["id"] = {"type": ["string", "integer"]}
    for key in ("allow", "deny"):
        properties[key]["type"].append("string")


def _loosen(schemas: Json) -> None:
    """Let in what Discord has and its specification lacks: media channels, forwards, the keys of `KNOWN`."""
    schemas["ChannelTypes"]["oneOf"].append({"title": "GUILD_MEDIA", "const": 16})
    schemas["MessageReferenceType"]["oneOf"].append({"title": "FORWARD", "const": 1})
    for name in ("GuildChannelResponse", "CreateGuildChannelRequest"):
        kind = schemas[name]["properties"]["type"]
        for part in (kind, *kind.get("oneOf", ())):
            if "enum" in part:
                part["enum"].append(16)
    for name, keys in KNOWN.items():
        schemas[name]["properties"].update(keys)


def _close(schema: Any, *, inside_all_of: bool) -> None:
    """Refuse undeclared keys in every object of a schema; parts of an allOf are closed by the whole."""
    if isinstance(schema, list):
        for one in schema:
            _close(one, inside_all_of=inside_all_of)
        return
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("allOf"), list) and schema.get("type") == "object":
        schema["unevaluatedProperties"] = False
        schema["allOf"] = [_inlined_error(part) for part in schema["allOf"]]
    elif (
        isinstance(schema.get("properties"), dict)
        and "type" in schema
        and "additionalProperties" not in schema
        and not inside_all_of
    ):
        schema["additionalProperties"] = False
    for key, value in schema.items():
        _close(value, inside_all_of=key == "allOf" and schema.get("unevaluatedProperties") is False)


def _inlined_error(part: Json) -> Json:
    """Return the base of all error bodies in place: referred to, it would be closed by itself."""
    if part.get("$ref", "").endswith("/Error"):
        properties = {"code": {"type": "integer"}, "message": {"type": "string"}}
        return {"type": "object", "required": ["code", "message"], "properties": properties}
    return part
