"""Writes docs/cli.md and docs/graphs.md from the code. A test compares the files with what this makes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import typer
from typer.main import get_command

HERE = Path(__file__).parent


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


WITHOUT = {
    "distil": "cues read the conversation",
    "label": "the topic is named by its own words",
    "draft": "the answer is extracted; beyond the budget it waits for the next run",
    "check": "the draft is left, and the answer extracted",
    "librarian": "the likeness of wordings decides",
    "analyst": "the report has the code's own sentences",
    "answer": "the reviewed entries answer, and a check of what a model wrote is a call of `check`",
}
"""What becomes of an item whose call fails, by prompt."""


def _prompts() -> list[str]:
    """Return the table of the prompts of nodes that ask a chat model."""
    from threadlore.prompts import load

    lines = [
        "## Where a chat model is asked",
        "",
        "Where the settings name one. Items whose call fails, or whose reply does not stand, go the way "
        "without the model, counted and named in the run, or told by `ask`.",
        "",
        "| prompt, version | may write | without the model |",
        "|---|---|---|",
    ]
    for name, without in WITHOUT.items():
        prompt = load(name)
        module, _, output = prompt.output.partition(":")
        reply = getattr(import_module(module), output)
        fields = ", ".join(f"`{field}`" for field in reply.model_fields)
        lines.append(f"| `{prompt.label}` | {fields} | {without} |")
    return [*lines, ""]


def graphs() -> str:
    """Return both graphs as LangGraph draws them from the code, with what each node does and asks."""
    from threadlore.agents import answer_graph, graph

    drawn = (
        ("The analysis", graph.build_graph(), graph),
        ("The answer to a question", answer_graph.build_answer_graph(), answer_graph),
    )
    lines = ["# The two graphs", "", "Drawn by LangGraph in `python docs/generate.py`.", ""]
    for title, compiled, module in drawn:
        seen = compiled.get_graph(xray=True)
        picture = seen.draw_mermaid().strip()
        lines += [f"## {title}", "", "```mermaid", picture, "```", ""]
        for name in (node.rsplit(":", 1)[-1] for node in seen.nodes):
            told = getattr(getattr(module, name, None), "__doc__", None)
            if told:
                lines.append(f"- `{name}`: {told.strip().splitlines()[0]}")
        lines.append("")
    lines += _prompts()
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[Path, str]:
    """Return every page that is made from the code, with its text."""
    return {HERE / "cli.md": render(), HERE / "graphs.md": graphs()}


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
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
