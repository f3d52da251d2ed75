"""`threadlore tool`: the tools, one command each, made from their arguments when they are asked for."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from threadlore.cli.common import print_json, print_table
from threadlore.errors import BadInput, NotFound

if TYPE_CHECKING:
    from threadlore.tools.registry import Tool, ToolResult

_INPUT = Annotated[
    str | None, typer.Option("--input", help="JSON file with an object or a list of them; - for stdin.")
]
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _read_input(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {name}.", "Name a JSON file, or - for stdin.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(f"{name} cannot be read: {error}", "Give a JSON object, or a list of them.") from error


def _call(tool: Tool, arguments: object, place: str) -> ToolResult:
    from threadlore.tools.registry import ToolInputError

    if not isinstance(arguments, dict):
        raise BadInput(f"{place}is no JSON object.", "Give arguments by name.")
    try:
        return tool.call(arguments)
    except ToolInputError as error:
        raise BadInput(f"{place}{error.message}", error.hint) from error


def _as_json(tool: Tool, found: ToolResult) -> dict[str, object]:
    return {
        "tool": tool.name,
        "summary": found.summary,
        "result": found.result,
        "reasons": list(found.reasons),
        "facts_version": found.facts_version,
    }


def _print(tool: Tool, found: list[ToolResult], many: bool, as_json: bool) -> None:
    if as_json:
        rows = [_as_json(tool, result) for result in found]
        print_json(rows if many else rows[0])
        return
    for result in found:
        typer.echo(result.summary.replace("**", ""))
        for reason in result.reasons:
            typer.echo(f"  note: {reason}")
        typer.echo(f"  source: {result.facts_version}")


def _run(tool: Tool, given: dict[str, Any]) -> None:
    source, as_json = given.pop("input_file"), given.pop("as_json")
    written = {name: value for name, value in given.items() if value is not None}
    if source is None:
        _print(tool, [_call(tool, written, "")], many=False, as_json=as_json)
        return
    rows = _read_input(source)
    many = isinstance(rows, list)
    cases = rows if many else [rows]
    found = []
    for number, case in enumerate(cases, 1):
        merged = written | case if isinstance(case, dict) else case
        found.append(_call(tool, merged, f"case {number}: " if many else ""))
    _print(tool, found, many=many, as_json=as_json)


def _parameter(name: str, kind: object, option: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def _option(name: str, schema: dict[str, Any]) -> inspect.Parameter:
    """Return the option of one argument; words such as 10M are read by the tool itself."""
    notes = schema["description"]
    if "enum" in schema:
        notes += f" One of {', '.join(schema['enum'])}."
    if "default" in schema:
        notes += f" [default: {schema['default']}]"
    flag = f"--{name.replace('_', '-')}"
    if schema["type"] == "boolean":
        return _parameter(name, bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", help=notes), None)
    kind = schema["type"].upper() if "enum" not in schema else "NAME"
    return _parameter(name, str | None, typer.Option(flag, help=notes, metavar=kind), None)


def _command(tool: Tool) -> Callable[..., None]:
    def command(**given: Any) -> None:
        _run(tool, given)

    parameters = [_option(name, schema) for name, schema in tool.schema["properties"].items()]
    parameters.append(
        inspect.Parameter("input_file", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_INPUT)
    )
    parameters.append(
        inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_JSON)
    )
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__doc__ = f"{tool.title}. {tool.description}"
    return command


class ToolGroup(TyperGroup):
    """`tool` with a command for every tool that the registry finds, made when it is needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        from threadlore.tools.registry import tools

        return ["list", *tools()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by name, or None."""
        from threadlore.tools.registry import tools

        known = tools()
        if cmd_name not in known:
            return super().get_command(ctx, cmd_name)
        one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        one.command(cmd_name)(_command(known[cmd_name]))
        return typer.main.get_command(one)


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(cls=ToolGroup, no_args_is_help=True, help="Tools that work with your own numbers.")

    @group.command("list")
    def list_tools(as_json: _JSON = False) -> None:
        """List the tools and their arguments."""
        from threadlore.tools.registry import tools

        if as_json:
            print_json(
                [
                    {"name": t.name, "title": t.title, "description": t.description, "schema": t.schema}
                    for t in tools().values()
                ]
            )
            return
        rows = [(t.name, t.title, ", ".join(t.required), t.description) for t in tools().values()]
        print_table(("tool", "title", "needs", "what it does"), rows)

    app.add_typer(group, name="tool")
