"""`threadlore tool`: the tools, one command each, made from their arguments when they are asked for."""

from __future__ import annotations

import inspect
import json
import keyword
import re
import sys
from collections.abc import Callable
from datetime import date, timedelta
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
_OLDER = Annotated[str, typer.Option("--older-than", help="Only what was checked so long ago, as 180d.")]

FILE_NAMES = "file_names"
"""Argument that is given the names of the files beside their texts, where a tool has it."""

LARGEST_TEXT = 16 * 2**20
"""Bytes of a file that a tool reads whole; of a larger one it gets the beginning and the end."""


def _read_input(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {name}.", "Name a JSON file, or - for stdin.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{name} cannot be read: {error}", "Give a JSON object, or a list of them.") from error


def _read_text(name: str) -> str:
    """Return the text of a file; of one over `LARGEST_TEXT` its first and last half of that."""
    try:
        if name == "-":
            return sys.stdin.buffer.read().decode("utf-8", errors="replace")
        with Path(name).open("rb") as file:
            size = Path(name).stat().st_size
            if size <= LARGEST_TEXT:
                return file.read().decode("utf-8", errors="replace")
            head = file.read(LARGEST_TEXT // 2)
            file.seek(size - LARGEST_TEXT // 2)
            typer.echo(f"{name} is large: its first and last {LARGEST_TEXT // 2**21} MB are read.", err=True)
            return (head + b"\n" + file.read()).decode("utf-8", errors="replace")
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {name}.", "Name a text file, or - for stdin.") from error
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error}", "Name a text file, or - for stdin.") from error


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
        "documents": dict(found.documents),
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
        if result.documents:
            typer.echo(f"  files: {', '.join(result.documents)} (--output NAME prints one)")


def _print_document(tool: Tool, found: list[ToolResult], output: str) -> None:
    for result in found:
        if output not in result.documents:
            written = ", ".join(result.documents) or "none"
            raise BadInput(
                f"{tool.name} writes no {output} for this case.", f"For these arguments it writes: {written}."
            )
        typer.echo(result.documents[output], nl=False)


def _run(tool: Tool, given: dict[str, Any]) -> None:
    source, as_json, output = given.pop("input_file"), given.pop("as_json"), given.pop("output", None)
    files = given.pop("files", None)
    written = {_plain(name): value for name, value in given.items() if value is not None}
    if files:
        written[tool.texts] = [_read_text(name) for name in files]
        written |= {FILE_NAMES: list(files)} if FILE_NAMES in tool.names else {}
    rows = _read_input(source) if source is not None else {}
    many = isinstance(rows, list)
    found = []
    for number, case in enumerate(rows if many else [rows], 1):
        merged = written | case if isinstance(case, dict) else case
        found.append(_call(tool, merged, f"case {number}: " if many else ""))
    if output is not None:
        _print_document(tool, found, output)
    else:
        _print(tool, found, many=many, as_json=as_json)
    if any(result.exit_code for result in found):
        raise typer.Exit(max(result.exit_code for result in found))


def _plain(name: str) -> str:
    """Return the name of an argument from that of its parameter."""
    bare = name.removesuffix("_")
    return bare if keyword.iskeyword(bare) else name


def _parameter(name: str, kind: object, option: object, default: object) -> inspect.Parameter:
    """Return a parameter; one called as a keyword of Python is (`from`) ends in an underscore."""
    return inspect.Parameter(
        f"{name}_" if keyword.iskeyword(name) else name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, option],
    )


def _option(name: str, schema: dict[str, Any]) -> inspect.Parameter:
    """Return the option of one argument; words such as 10M are read by the tool itself."""
    notes = schema["description"]
    choices = schema.get("enum") or schema.get("items", {}).get("enum")
    if choices:
        notes += f" One{' or more' if 'items' in schema else ''} of {', '.join(choices)}."
    if "default" in schema and schema["default"] not in ("", []):
        notes += f" [default: {schema['default']}]"
    flag = f"--{name.replace('_', '-')}"
    if schema["type"] == "boolean":
        return _parameter(name, bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", help=notes), None)
    flags = [flag] + [flag.removesuffix(unit) for unit in ("-bytes", "-ms") if flag.endswith(unit)]
    if schema["type"] == "array" and flag.endswith("s"):
        flags.append(flag[:-1])
    kind = "NAME" if choices else "WORDS" if schema["type"] == "array" else schema["type"].upper()
    return _parameter(name, str | None, typer.Option(*flags, help=notes, metavar=kind), None)


def _shared_options(tool: Tool) -> list[inspect.Parameter]:
    parameters = [
        inspect.Parameter("input_file", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_INPUT),
        inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_JSON),
    ]
    if tool.outputs:
        notes = f"Print this alone, to be saved as a file. One of {', '.join(tool.outputs)}."
        option = typer.Option("--output", help=notes, metavar="NAME")
        parameters.append(_parameter("output", str | None, option, None))
    if tool.texts:
        files = typer.Argument(help="Files to read; - for standard input.", show_default=False)
        parameters.append(_parameter("files", list[str] | None, files, None))
    return parameters


def _command(tool: Tool) -> Callable[..., None]:
    def command(**given: Any) -> None:
        _run(tool, given)

    properties = tool.schema["properties"]
    hidden = {tool.texts, FILE_NAMES}
    parameters = [_option(name, schema) for name, schema in properties.items() if name not in hidden]
    parameters += _shared_options(tool)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__doc__ = f"{tool.title}. {tool.description}"
    return command


class ToolGroup(TyperGroup):
    """`tool` with a command for every tool that the registry finds, made when it is needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        from threadlore.tools.registry import tools

        return ["list", "facts", *tools()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by name, or None."""
        from threadlore.tools.registry import tools

        known = tools()
        if cmd_name not in known:
            return super().get_command(ctx, cmd_name)
        one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        one.command(cmd_name)(_command(known[cmd_name]))
        return typer.main.get_command(one)


def _days(text: str) -> int:
    """Return the days of an age such as `180d`, `6w` or `180`."""
    parts = re.fullmatch(r"\s*(\d{1,6})\s*([dw]?)\s*", text)
    if parts is None:
        raise BadInput(f"{text!r} is no age.", "Write it in days or weeks, as 180d or 26w.")
    return int(parts[1]) * (7 if parts[2] == "w" else 1)


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

    @group.command("facts")
    def list_facts(older_than: _OLDER = "0d", as_json: _JSON = False) -> None:
        """List the facts that the tools rest on, the longest unchecked first."""
        from threadlore.tools.tables import facts

        latest = date.today() - timedelta(days=_days(older_than))
        found = sorted((one for one in facts() if one.checked <= latest), key=lambda one: one.checked)
        if as_json:
            print_json([{slot: getattr(one, slot) for slot in one.__slots__} for one in found])
            return
        if not found:
            typer.echo("Every fact was checked since then.")
            return
        rows = [(str(one.checked), one.table, one.section, one.name, one.source) for one in found]
        print_table(("checked", "table", "section", "fact", "source"), rows)

    app.add_typer(group, name="tool")
