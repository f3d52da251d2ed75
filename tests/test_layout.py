"""The layout holds: packages, links, who may import whom, what is heavy, how long things grow."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOP = ("agents", "ingest", "prompts", "store")

CORE = {
    "types", "ids", "errors", "seams", "settings", "incoming", "bundle", "profile", "embedding", "runs",
    "testing", "folders", "languages", "faq_files", "faq_folder", "review", "bundling", "chat", "cleaning",
    "community",
    "helpdesk", "calls", "endpoints", "paths", "commands",
}  # fmt: skip
ALLOWED = {
    "core": {"core"},
    "prompts": {"core", "prompts"},
    "tools": {"tools"},
    "ingest": {"core", "ingest"},
    "store": {"core", "store"},
    "embedders": {"core", "embedders"},
    "models": {"core", "models"},
    "bot": {"core", "tools", "bot"},
    "publish": {"core", "publish"},
    "profiles": {"core", "profiles"},
    "sample": {"core"},
    "agents": {"core", "prompts", "tools", "agents"},
    "pipeline": {"core"},
    "demo": {"core", "pipeline", "wiring"},
    "bench": {"core", "bench", "agents", "ingest", "wiring"},
    "wiring": {
        "core",
        "pipeline",
        "ingest",
        "store",
        "embedders",
        "models",
        "publish",
        "prompts",
        "agents",
        "tools",
        "bench",
        "bot",
        "wiring",
    },
    "cli": {"core", "pipeline", "wiring", "cli", "bench", "tools", "demo"},
}
HEAVY = {
    "pymilvus": ("threadlore.store", "threadlore.tools.verify_migration"),
    "milvus_lite": ("threadlore.store",),
    "apscheduler": ("threadlore.bot",),
    "discord": ("threadlore.ingest.sources.discord", "threadlore.bot"),
    "openai": ("threadlore.endpoints", "threadlore.models", "threadlore.embedders"),
    "langgraph": ("threadlore.agents",),
    "torch": ("threadlore.embedders",),
    "sentence_transformers": ("threadlore.embedders",),
    "sklearn": ("threadlore.agents", "threadlore.ingest", "threadlore.bench"),
    "scipy": ("threadlore.agents", "threadlore.embedders", "threadlore.ingest"),
    "faiss": ("threadlore.agents",),
    "igraph": ("threadlore.agents",),
    "numpy": ("threadlore",),
    "lingua": ("threadlore.ingest",),
}
MODULE_LEVEL_OK = {("threadlore.agents.graph", "langgraph"), ("threadlore.agents.answer_graph", "langgraph")}
"""Wiring imports these modules lazily."""
SUBCLASSING = {("threadlore.bot", "discord")}
"""Whole packages that wiring imports lazily, because their classes derive from a library's."""
EDGES = {"threadlore.cli", "threadlore.bot.edge"}


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        """The part of the project below threadlore."""
        return ".".join(self.name.split(".")[:2])


def modules() -> list[Module]:
    found = []
    for folder in (ROOT / "threadlore", *(ROOT / name for name in TOP)):
        for path in sorted(folder.rglob("*.py")):
            relative = path.relative_to(ROOT)
            if relative.parts[0] == "threadlore" and relative.parts[1] in TOP:
                continue
            parts = list(relative.with_suffix("").parts)
            if parts[0] in TOP:
                parts.insert(0, "threadlore")
            if parts[-1] == "__init__":
                parts.pop()
            found.append(Module(".".join(parts), path, ast.parse(path.read_text(encoding="utf-8"))))
    return found


MODULES = modules()
NAMES = {module.name for module in MODULES}


def group(name: str) -> str:
    """Return the part of the project that a module belongs to."""
    if name == "threadlore":
        return "core"
    part = name.split(".")[1]
    return "core" if part in CORE else part


def imports(module: Module, *, top_level_only: bool = False) -> Iterator[str]:
    """Yield what a module imports; imports for type checking alone do not count."""
    skipped = {
        id(inner)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    nodes = module.tree.body if top_level_only else list(ast.walk(module.tree))
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in NAMES else node.module


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_every_package_on_disk_is_in_the_wheel() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    on_disk = {module.name for module in MODULES if module.path.name == "__init__.py"}
    assert set(config["packages"]) == on_disk
    mapping = {f"threadlore.{name}": name for name in TOP} | {"threadlore": "threadlore"}
    assert config["package-dir"] == mapping


@pytest.mark.parametrize("name", TOP)
def test_top_level_folders_are_linked_into_the_package(name: str) -> None:
    link = ROOT / "threadlore" / name
    if not link.is_symlink():
        pytest.skip("this checkout has no links")
    assert str(link.readlink()) == f"../{name}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_imports_follow_the_layers(module: Module) -> None:
    allowed = ALLOWED[group(module.name)]
    foreign = {
        name
        for name in imports(module)
        if name.startswith("threadlore") and group(name) not in allowed and name != "threadlore"
    }
    assert not foreign, f"{module.name} may import {sorted(allowed)}"


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    edges = {module.name: {name for name in imports(module, top_level_only=True)} for module in MODULES}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path, name))
        if name in done:
            return
        for target in edges.get(name, ()):
            if target in edges and target != name:
                visit(target, (*path, name))
        done.add(name)

    for module in MODULES:
        visit(module.name, ())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_heavy_libraries_are_imported_lazily_and_only_in_their_place(module: Module) -> None:
    for name in imports(module):
        heavy = name.split(".")[0]
        if heavy in HEAVY:
            assert module.name.startswith(HEAVY[heavy]), f"{module.name} imports {heavy}"
    for name in imports(module, top_level_only=True):
        heavy = name.split(".")[0]
        if heavy in HEAVY:
            lazy = (module.name, heavy) in MODULE_LEVEL_OK or (module.package, heavy) in SUBCLASSING
            assert lazy, f"{module.name} imports {heavy} at import"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_tools_use_the_standard_library_alone(module: Module) -> None:
    import sys

    if group(module.name) != "tools":
        return
    foreign = {
        name for name in imports(module) if name.split(".")[0] not in {*sys.stdlib_module_names, "threadlore"}
    }
    assert not foreign - {"pymilvus"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_files_and_functions_stay_short(module: Module) -> None:
    assert module.path.read_text(encoding="utf-8").count("\n") <= 400
    for function in functions(module):
        assert (function.end_lineno or 0) - function.lineno < 60, function.name


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_broad_except_only_at_the_edges(module: Module) -> None:
    if module.name in EDGES:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            names = (
                {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
                if node.type
                else {"bare"}
            )
            reraises = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
            assert reraises or not names & {"bare", "Exception", "BaseException"}, f"line {node.lineno}"
