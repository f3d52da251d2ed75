"""The tools, found by their place: every module of this folder that defines `TOOL`, and entry points."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib import resources
from importlib.metadata import entry_points

import threadlore.tools
from threadlore.tools.base import Tool, ToolInputError, ToolResult

__all__ = ["Tool", "ToolInputError", "ToolResult", "find_tool", "tools"]

ENTRY_POINTS = "threadlore.tools"
"""Entry point group under which another package offers a `Tool`."""


@cache
def _found() -> tuple[Tool, ...]:
    found: dict[str, Tool] = {}
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        tool = point.load()
        found[tool.name] = tool
    for module in pkgutil.iter_modules(threadlore.tools.__path__):
        if module.ispkg or not _defines_a_tool(module.name):
            continue
        loaded = importlib.import_module(f"{threadlore.tools.__name__}.{module.name}")
        tool = getattr(loaded, "TOOL", None)
        if isinstance(tool, Tool):
            found[tool.name] = tool
    return tuple(found[name] for name in sorted(found))


def _defines_a_tool(module: str) -> bool:
    """Tell from its text whether a module defines a tool: the readers of questions are slow to import."""
    text = resources.files(threadlore.tools).joinpath(f"{module}.py").read_bytes()
    return b"\nTOOL = " in text


def tools() -> dict[str, Tool]:
    """Return every tool by name. A shipped tool wins over a foreign one of the same name."""
    return {tool.name: tool for tool in _found()}


def find_tool(name: str) -> Tool:
    """Return the tool called `name`.

    Raises:
        ToolInputError: there is none.
    """
    known = tools()
    if name not in known:
        raise ToolInputError(f"There is no tool {name!r}.", f"Use one of {', '.join(known)}.")
    return known[name]
