"""What a tool is: arguments as a dataclass, a JSON Schema made from it, and a result with its reasons."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin, get_type_hints

from threadlore.tools.names import find_names
from threadlore.tools.units import read_bytes, read_count


class ToolInputError(ValueError):
    """Arguments that a tool cannot work with. `missing` names those that were not given."""

    def __init__(self, message: str, hint: str = "", missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.missing = missing


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool found: a summary for a person, values for a program, and why."""

    summary: str
    result: dict[str, Any]
    reasons: tuple[str, ...]
    facts_version: str


def argument(
    description: str,
    default: Any = dataclasses.MISSING,
    *,
    ask: str = "",
    unit: Literal["count", "bytes", ""] = "",
    limits: tuple[float, float] | None = None,
) -> Any:
    """Return a dataclass field that describes an argument of a tool.

    Args:
        description: what the argument is, for people and for a model.
        default: its value when it is not given; without one the argument is required.
        ask: the question that asks a person for it.
        unit: how words for it are read: a count (`10M`) or bytes (`2KB`).
        limits: smallest and largest value, both allowed.
    """
    metadata = {"description": description, "ask": ask, "unit": unit, "limits": limits}
    return field(default=default, metadata=metadata)


_JSON_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}


def _schema_of(hint: Any, item: dataclasses.Field[Any]) -> dict[str, Any]:
    schema: dict[str, Any] = {"description": item.metadata["description"]}
    if get_origin(hint) is Literal:
        schema |= {"type": "string", "enum": list(get_args(hint))}
    else:
        schema["type"] = _JSON_TYPES[hint]
    if item.metadata["limits"]:
        schema["minimum"], schema["maximum"] = item.metadata["limits"]
    if item.default is not dataclasses.MISSING:
        schema["default"] = item.default
    return schema


def _whole(name: str, value: object, unit: str) -> int:
    if isinstance(value, str):
        try:
            return read_bytes(value) if unit == "bytes" and not value.strip().isdigit() else read_count(value)
        except ValueError as error:
            raise ToolInputError(
                f"{name} is {value!r}, which is no number.", "Write it like 10M, 1.5B or 2KB."
            ) from error
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ToolInputError(f"{name} is {value!r}, which is no whole number.", "Give a whole number.")


def _choice(name: str, value: object, choices: tuple[str, ...]) -> str:
    if isinstance(value, str):
        canonical = find_names(name, value) if name in {"index", "dependency"} else []
        for candidate in (value.strip(), *canonical):
            for choice in choices:
                if candidate.upper().replace("-", "_").replace(" ", "_") == choice.upper():
                    return choice
    raise ToolInputError(f"{name} is {value!r}.", f"Use one of {', '.join(choices)}.")


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false", "yes", "no", "on", "off"}:
        return value.lower() in {"true", "yes", "on"}
    raise ToolInputError(f"{name} is {value!r}.", "Use true or false.")


def _read_value(name: str, hint: Any, item: dataclasses.Field[Any], value: object) -> object:
    if get_origin(hint) is Literal:
        return _choice(name, value, get_args(hint))
    if hint is bool:
        return _flag(name, value)
    number = _whole(name, value, item.metadata["unit"])
    limits = item.metadata["limits"]
    if limits and not limits[0] <= number <= limits[1]:
        raise ToolInputError(
            f"{name} is {number:,}.", f"It must lie between {limits[0]:,} and {limits[1]:,}."
        )
    return number


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool by name. `arguments` is a frozen dataclass whose fields are made by `argument`."""

    name: str
    title: str
    description: str
    arguments: type[Any]
    run: Callable[[Any], ToolResult]
    facts_version: str
    matters: Callable[[Any], tuple[str, ...]] | None = None
    """Names of the arguments that a case depends on; None for all."""

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the arguments."""
        hints = get_type_hints(self.arguments)
        items = dataclasses.fields(self.arguments)
        return {
            "type": "object",
            "properties": {item.name: _schema_of(hints[item.name], item) for item in items},
            "required": list(self.required),
            "additionalProperties": False,
        }

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the arguments that have no default, in the order in which to ask for them."""
        return tuple(
            item.name for item in dataclasses.fields(self.arguments) if item.default is dataclasses.MISSING
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all arguments."""
        return tuple(item.name for item in dataclasses.fields(self.arguments))

    def missing(self, arguments: Mapping[str, object]) -> tuple[str, ...]:
        """Return the required arguments that `arguments` lack."""
        return tuple(name for name in self.required if arguments.get(name) is None)

    def assumed(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """Return the defaults that stand for what `arguments` do not give, where they matter.

        Raises:
            ToolInputError: as `read` does.
        """
        values = self.read(arguments)
        names = self.matters(values) if self.matters else self.names
        return {name: getattr(values, name) for name in names if arguments.get(name) is None}

    def accepts(self, name: str, value: object) -> bool:
        """Tell whether `value` may be given for the argument `name`."""
        item = next((item for item in dataclasses.fields(self.arguments) if item.name == name), None)
        if item is None:
            return False
        try:
            _read_value(name, get_type_hints(self.arguments)[name], item, value)
        except ToolInputError:
            return False
        return True

    def question(self, name: str) -> str:
        """Return the question that asks a person for an argument."""
        item = next(item for item in dataclasses.fields(self.arguments) if item.name == name)
        return str(item.metadata["ask"]) or f"What is {name}?"

    def read(self, arguments: Mapping[str, object]) -> Any:
        """Return `arguments` as the tool's dataclass; None counts as not given.

        Raises:
            ToolInputError: an argument is missing, unknown, of the wrong kind or out of range.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        unknown = sorted(set(given) - set(self.names))
        if unknown:
            raise ToolInputError(
                f"{self.name} knows no argument {', '.join(unknown)}.", f"It takes {', '.join(self.names)}."
            )
        missing = self.missing(given)
        if missing:
            raise ToolInputError(
                f"{self.name} needs {', '.join(missing)}.", self.question(missing[0]), missing
            )
        hints = get_type_hints(self.arguments)
        items = {item.name: item for item in dataclasses.fields(self.arguments)}
        values = {name: _read_value(name, hints[name], items[name], value) for name, value in given.items()}
        return self.arguments(**values)

    def call(self, arguments: Mapping[str, object]) -> ToolResult:
        """Return what the tool finds for `arguments`.

        Raises:
            ToolInputError: an argument is missing, unknown, of the wrong kind or out of range.
        """
        return self.run(self.read(arguments))
