"""Writes docs/cli.md from the commands themselves. A test compares the file with what this makes."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.main import get_command

TARGET = Path(__file__).with_name("cli.md")


def _options(command: object, context: object) -> list[str]:
    lines = []
    for parameter in command.get_params(context):  # type: ignore[attr-defined]
        if parameter.name == "help":
            continue
        names = (
            ", ".join(f"`{name}`" for name in parameter.opts) if parameter.param_type_name == "option" else ""
        )
        help_text = getattr(parameter, "help", None) or ""
        label = names or f"`{(parameter.metavar or parameter.name).upper()}`"
        lines.append(f"- {label}: {help_text}".rstrip(": "))
    return lines


def _section(command: object, path: tuple[str, ...]) -> list[str]:
    context = command.make_context(" ".join(path), [], resilient_parsing=True)  # type: ignore[attr-defined]
    summary = (command.help or "").split("\f")[0].strip()  # type: ignore[attr-defined]
    lines = [f"## {' '.join(path)}", "", " ".join(summary.split()), ""]
    options = _options(command, context)
    if options:
        lines += [*options, ""]
    for name in sorted(getattr(command, "commands", {})):
        lines += _section(command.commands[name], (*path, name))  # type: ignore[attr-defined]
    return lines


def render() -> str:
    """Return the reference of every command, as Markdown."""
    from threadlore.cli import build_app

    app: typer.Typer = build_app()
    lines = [
        "# Commands",
        "",
        "Made by `python docs/generate.py`.",
        "",
        *_section(get_command(app), ("threadlore",)),
    ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
