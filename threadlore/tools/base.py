"""What a tool is: arguments as a dataclass, a JSON Schema made from it, and a result with its reasons."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from threadlore.tools.arguments import ToolInputError, argument, name_of, read_value, schema_of

__all__ = ["Tool", "ToolInputError", "ToolResult", "argument"]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool found: a summary for a person, values for a program, and why.

    `summary` is Markdown, and `brief` its core for a chat, where the summary is too long for one. `result`
    holds plain JSON values, numbers with their unit in the name. `facts_version` names the tables it rests
    on and when they were checked. `documents` are texts to be saved as they are, by the name that
    `--output` takes (a values file, a job, a program). `exit_code` is what the command line ends with: 0,
    or 1 where the tool was asked whether something holds and it does not.
    """

    summary: str
    result: dict[str, Any]
    reasons: tuple[str, ...]
    facts_version: str
    documents: Mapping[str, str] = field(default_factory=dict)
    exit_code: int = 0
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool by name. `arguments` is a frozen dataclass whose fields are made by `argument`.

    `matters` returns the names of the arguments that a case depends on; None stands for all. `outputs` are
    the names of the documents that it can write. `texts` names the argument, a tuple of str, that the
    command line fills with the texts of the files it is given. `accepts_object` turns another program's
    form of the arguments into ours before they are read; it returns what it does not know unchanged.
    `from_question` takes a question and what was read of it (`calling.read_case`), where the arguments are
    not simply those of the same name.
    `narrow` returns the tool for a narrower question, which needs other arguments, where the arguments ask
    that one; it goes by the same name.
    `pure` is False for a tool that reaches out to the network: no question ever calls that one.
    """

    name: str
    title: str
    description: str
    arguments: type[Any]
    run: Callable[[Any], ToolResult]
    facts_version: str
    matters: Callable[[Any], tuple[str, ...]] | None = None
    outputs: tuple[str, ...] = ()
    texts: str = ""
    accepts_object: Callable[[Mapping[str, object]], Mapping[str, object]] | None = None
    from_question: Callable[[str, Mapping[str, object]], Mapping[str, object]] | None = None
    narrow: Callable[[Mapping[str, object]], Tool | None] | None = None
    pure: bool = True

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the arguments."""
        hints = get_type_hints(self.arguments)
        return {
            "type": "object",
            "properties": {name: schema_of(hints[item.name], item) for name, item in self._items().items()},
            "required": list(self.required),
            "additionalProperties": False,
        }

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the arguments that have no default, in the order in which to ask for them."""
        return tuple(name for name, item in self._items().items() if item.default is dataclasses.MISSING)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all arguments."""
        return tuple(self._items())

    def _items(self) -> dict[str, dataclasses.Field[Any]]:
        """Return the fields of the arguments by the names by which they are given."""
        return {name_of(item): item for item in dataclasses.fields(self.arguments)}

    def missing(self, arguments: Mapping[str, object]) -> tuple[str, ...]:
        """Return the required arguments that `arguments` lack, in whatever form they come."""
        narrow = self._narrower(arguments)
        if narrow:
            return narrow.missing(arguments)
        given = self.accepts_object(arguments) if self.accepts_object else arguments
        return tuple(name for name in self.required if given.get(name) is None)

    def assumed(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """Return the defaults that stand for what `arguments` do not give, where they matter.

        Raises:
            ToolInputError: as `read` does.
        """
        narrow = self._narrower(arguments)
        if narrow:
            return narrow.assumed(arguments)
        values = self.read(arguments)
        names = self.matters(values) if self.matters else self.names
        items = self._items()
        found = {name: getattr(values, items[name].name) for name in names if arguments.get(name) is None}
        return {name: value for name, value in found.items() if value is not None}

    def accepts(self, name: str, value: object) -> bool:
        """Tell whether `value` may be given for the argument `name`."""
        item = self._items().get(name)
        if item is None:
            return False
        try:
            read_value(name, get_type_hints(self.arguments)[item.name], item, value)
        except ToolInputError:
            return False
        return True

    def question(self, name: str) -> str:
        """Return the question that asks a person for an argument."""
        return str(self._items()[name].metadata["ask"]) or f"What is {name}?"

    def read(self, arguments: Mapping[str, object]) -> Any:
        """Return `arguments` as the dataclass of the tool, or of its narrower question; None is not given.

        Raises:
            ToolInputError: an argument is missing, unknown, of the wrong kind or out of range.
        """
        narrow = self._narrower(arguments)
        if narrow:
            return narrow.read(arguments)
        if self.accepts_object:
            arguments = self.accepts_object(arguments)
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
        items = self._items()
        values = {
            items[name].name: read_value(name, hints[items[name].name], items[name], value)
            for name, value in given.items()
        }
        return self.arguments(**values)

    def call(self, arguments: Mapping[str, object]) -> ToolResult:
        """Return what the tool finds for `arguments`.

        Raises:
            ToolInputError: an argument is missing, unknown, of the wrong kind or out of range.
        """
        return (self._narrower(arguments) or self).run(self.read(arguments))

    def _narrower(self, arguments: Mapping[str, object]) -> Tool | None:
        return self.narrow(arguments) if self.narrow else None
