"""What the documentation says is true: commands exist, links resolve, generated pages are fresh."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from typer import Context
from typer.core import TyperGroup
from typer.main import get_command

from threadlore.cli import build_app

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
COMMAND = re.compile(r"^\s*(?:\$ )?threadlore (?:--\w+ \S+ )*((?:[a-z-]+ ?)+)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_made_from_the_code_are_fresh() -> None:
    for page, made in _load(ROOT / "docs" / "generate.py").pages().items():
        assert page.read_text(encoding="utf-8") == made, f"{page.name}: run python docs/generate.py"


def test_both_graphs_are_drawn_with_all_their_nodes() -> None:
    text = (ROOT / "docs" / "graphs.md").read_text(encoding="utf-8")
    assert text.count("```mermaid") == 2
    for node in ("distil", "label", "draft", "librarian", "retrieve", "decide", "compose"):
        assert f"- `{node}`: " in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_text_exist(page: Path) -> None:
    root = get_command(build_app())
    blocks = re.findall(r"```(?:sh|console|bash)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        for line in COMMAND.findall(block):
            command = root
            for word in line.split():
                if not isinstance(command, TyperGroup):
                    break
                inner = command.get_command(Context(command), word)
                if inner is None:
                    assert command.name == "ingest", f"threadlore {line} in {page.name}"
                    break
                command = inner


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_resolve(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{target} in {page.name}"


def test_every_command_has_help() -> None:
    def walk(command: object, path: str) -> None:
        assert getattr(command, "help", None), f"{path} has no help"
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{path} {name}")

    walk(get_command(build_app()), "threadlore")


def test_version_has_a_changelog_section() -> None:
    from threadlore import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
