"""File formats, one module each, found by file name; each recognises its files by content.

What is read over a network is a package of its own beside them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from threadlore.errors import BadInput, NotFound
from threadlore.ingest.foreign import foreign_format
from threadlore.ingest.formats import FileSource, Format
from threadlore.ingest.reading import read_head
from threadlore.types import Skipped

_THRESHOLD = 0.3


@dataclass(frozen=True, slots=True)
class Opened:
    """Sources found under some paths, and the files that nothing could read."""

    sources: tuple[FileSource, ...]
    skipped: tuple[Skipped, ...] = ()


def formats() -> dict[str, Format]:
    """Return every format of this folder by module name."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    return {name: cast(Format, importlib.import_module(f"{__name__}.{name}")) for name in found}


def recognise(path: Path, known: dict[str, Format] | None = None) -> tuple[str, bytes] | None:
    """Return (format name, head) of the format that is surest of a file, or None.

    Raises:
        BadInput: the file cannot be opened.
    """
    head = read_head(path)
    scores = [(format_.recognise(head, path), name) for name, format_ in (known or formats()).items()]
    score, name = max(scores)
    return (name, head) if score >= _THRESHOLD else None


def open_source(path: Path, name: str | None = None, url: str = "") -> FileSource:
    """Recognise a file or folder by content and return its one source.

    Args:
        path: File or folder.
        name: Name of the source where the files say none, as `kind:instance` or the instance alone.
        url: Base of links for formats whose items carry none.

    Raises:
        BadInput: nothing in it is recognised, or it holds several sources (see `open_sources`).
    """
    opened = open_sources([path], name, url)
    if len(opened.sources) > 1:
        names = ", ".join(source.name for source in opened.sources)
        raise BadInput(f"{path} holds several sources: {names}.", "Open them with open_sources.")
    return opened.sources[0]


def open_sources(paths: Sequence[Path], name: str | None = None, url: str = "") -> Opened:
    """Recognise every file below `paths` by content and return one source an instance.

    A file that no format recognises, or that its format refuses, is a named skip. What files say of
    themselves (a guild, a repository) goes before `name`, so that ids do not depend on what lies beside.

    Raises:
        NotFound: a path does not exist.
        BadInput: nothing at all can be read; the reasons are in the message.
    """
    known = formats()
    groups: dict[tuple[str, str], list[Path]] = {}
    skipped: list[Skipped] = []
    for file, shown in _files(paths):
        if not file.is_file():
            skipped.append(Skipped(item=shown, reason="no plain file: a pipe, or a link that leads nowhere"))
            continue
        try:
            found = recognise(file, known)
        except BadInput as error:
            skipped.append(Skipped(item=shown, reason=error.message))
            continue
        if found is None:
            reason = foreign_format(read_head(file)) or _unknown(file)
            skipped.append(Skipped(item=shown, reason=reason))
            continue
        groups.setdefault((found[0], known[found[0]].instance(file, found[1])), []).append(file)
    sources, refusals = _open_groups(groups, known, name, url)
    skipped += [Skipped(item=item, reason=error.message) for item, error in refusals]
    if not sources:
        raise _nothing(paths, skipped, [error for _, error in refusals])
    return Opened(tuple(sources), tuple(skipped))


def _open_groups(
    groups: dict[tuple[str, str], list[Path]], known: dict[str, Format], name: str | None, url: str
) -> tuple[list[FileSource], list[tuple[str, BadInput]]]:
    sources: list[FileSource] = []
    refusals: list[tuple[str, BadInput]] = []
    for (kind, instance), files in sorted(groups.items()):
        try:
            sources.append(known[kind].open_files(files, instance or name or "", url))
        except BadInput as error:
            refusals += [(file.name, error) for file in files]
    return sources, refusals


def _nothing(paths: Sequence[Path], skipped: Iterable[Skipped], refusals: list[BadInput]) -> BadInput:
    if refusals and len({error.message for error in refusals}) == 1:
        return BadInput(refusals[0].message, refusals[0].hint)
    reasons = [f"{skip.item}: {skip.reason}" for skip in skipped]
    shown = "; ".join(reasons[:3]) + (f"; and {len(reasons) - 3} more" if len(reasons) > 3 else "")
    titles = ", ".join(format_.TITLE for format_ in formats().values())
    return BadInput(
        f"Nothing to read in {', '.join(map(str, paths))}. {shown or 'The folder is empty.'}",
        f"Known formats: {titles}. Markdown comes in with `threadlore ingest docs`.",
    )


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if not file.is_dir() and not any(
                    part.startswith(".") for part in file.relative_to(path).parts
                ):
                    yield file, str(file.relative_to(path))
        elif path.exists() or path.is_symlink():
            yield path, path.name
        else:
            raise NotFound(f"There is no file or folder {path}.", "Check the path.")


def _unknown(file: Path) -> str:
    if file.stat().st_size == 0:
        return "the file is empty"
    if file.suffix.lower() in {".md", ".markdown", ".mdx"}:
        return "Markdown: documentation comes in with `threadlore ingest docs`"
    if file.suffix.lower() in {".zip", ".tar", ".tgz", ".7z", ".rar"} or file.name.endswith(".tar.gz"):
        return "an archive: unpack it first"
    return "no known format; any forum comes in as Threadlore JSONL (docs/formats.md)"
