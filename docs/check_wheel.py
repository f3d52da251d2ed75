"""Checks an installed wheel: every part is there, and the command runs from it."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path

import threadlore

DATA = (
    "profiles/milvus/profile.toml", "profiles/milvus/facts.toml", "profiles/milvus/labels.json",
    "profiles/generic/profile.toml", "sample/threads.jsonl", "py.typed",
)  # fmt: skip


def main() -> None:
    """Fail with the name of the first thing that is missing."""
    home = Path(threadlore.__file__).parent
    assert Path(sys.prefix) in home.parents, f"threadlore comes from {home}, not from the wheel"
    assert not (home.parent / "agents").exists(), "the wheel must install threadlore alone"
    for name in DATA:
        assert (resources.files("threadlore") / name).is_file(), f"{name} is not in the wheel"
    for module in pkgutil.walk_packages(threadlore.__path__, "threadlore."):
        importlib.import_module(module.name)
    command = str(Path(sys.executable).with_name("threadlore"))
    for arguments in (["--help"], ["tool", "size", "--vectors", "1M", "--dim", "768", "--index", "HNSW"]):
        subprocess.run([command, *arguments], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        subprocess.run([command, "demo", "--out", str(demo)], check=True, stdout=subprocess.DEVNULL)
        for page in ("report/report.md", "site/index.md"):
            assert (demo / page).stat().st_size > 1000, f"the demo made no {page}"
    print("the wheel is whole, and its demo runs")


if __name__ == "__main__":
    main()
