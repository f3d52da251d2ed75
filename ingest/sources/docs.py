"""Documentation: a folder or an archive of Markdown, cut by heading. Opened by `threadlore ingest docs`."""

from __future__ import annotations

import re
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from threadlore.errors import BadInput, NotFound
from threadlore.incoming import Incoming, IncomingDocument, IncomingSkip
from threadlore.ingest.formats import FileSource
from threadlore.ingest.markdown_pages import Page, read_page

TITLE = "Markdown documentation (`ingest docs`)"
MAX_PAGE = 8 << 20
"""Bytes of a page: what is larger is no page that a person wrote."""

_SUFFIXES = frozenset({".md", ".markdown", ".mdx"})


def recognise(head: bytes, path: Path) -> float:
    """Return 0: Markdown is told to be documentation by the command, never guessed."""
    return 0.0


def instance(path: Path, head: bytes) -> str:
    """Return nothing: documentation is named by its address."""
    return ""


def open_files(files: Sequence[Path], name: str, url: str) -> FileSource:
    """Return the source of single pages.

    Raises:
        BadInput: none of the files is a page.
    """
    return open_docs(files[0] if len(files) == 1 else files[0].parent, version="", url=url, name=name)


def open_docs(path: Path, *, version: str, url: str = "", name: str | None = None) -> FileSource:
    """Return a source of the pages of a folder, a `.tar.gz` or a single file.

    Args:
        path: What to read; paths inside it become page addresses.
        version: Version of the product that the pages describe, empty for any.
        url: Base of the pages' addresses, without which sections have no link.
        name: Name of the source; else it is `docs:` and the host of `url`, or the name of the folder.

    Raises:
        NotFound: there is no such path.
        BadInput: it holds no Markdown.
    """
    if not path.exists():
        raise NotFound(f"There is no folder or archive {path}.", "Check the path.")
    if not any(True for _ in _names(path)):
        raise BadInput(f"{path} holds no Markdown.", "Give a folder of .md files, or a .tar.gz of one.")
    instance_name = name or urlsplit(url).hostname or path.resolve().name.split(".")[0]
    source = instance_name if ":" in instance_name else f"docs:{instance_name}"
    base = url.rstrip("/")
    return FileSource(source, lambda: _read(path, version, base), (path,))


def _names(path: Path) -> Iterator[str]:
    if path.is_dir():
        yield from (str(file) for file in _pages_of(path))
    elif _is_tar(path):
        yield "an archive is looked into as it is read"
    elif path.suffix.lower() in _SUFFIXES:
        yield path.name


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except (OSError, EOFError, zlib.error):
        return False


def _pages_of(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if not hidden and file.suffix.lower() in _SUFFIXES and file.is_file():
            yield file


@dataclass(frozen=True, slots=True)
class _Raw:
    """A page as it lies in its folder or archive; `reason` says why it was not read."""

    path: str
    data: bytes = b""
    reason: str = ""


def _read(path: Path, version: str, base: str) -> Iterator[Incoming]:
    raws = _from_folder(path) if path.is_dir() else _from_tar(path) if _is_tar(path) else _from_file(path)
    pages = 0
    for raw in raws:
        pages += 1
        if raw.reason:
            yield IncomingSkip(raw.path, raw.reason)
            continue
        yield from _documents(raw, version, base)
    if not pages:
        yield IncomingSkip(path.name, "it holds no Markdown")


def _from_folder(folder: Path) -> Iterator[_Raw]:
    root = folder.resolve()
    for file in _pages_of(folder):
        shown = file.relative_to(folder).as_posix()
        if not file.resolve().is_relative_to(root):
            yield _Raw(shown, reason="a link that leads out of the folder")
        elif file.stat().st_size > MAX_PAGE:
            yield _Raw(shown, reason=f"larger than {MAX_PAGE >> 20} MB")
        else:
            yield _Raw(shown, file.read_bytes())


def _from_file(file: Path) -> Iterator[_Raw]:
    if file.stat().st_size > MAX_PAGE:
        yield _Raw(file.name, reason=f"larger than {MAX_PAGE >> 20} MB")
    else:
        yield _Raw(file.name, file.read_bytes())


def _from_tar(path: Path) -> Iterator[_Raw]:
    """Read members in memory, one at a time: nothing of an archive is ever written to disk."""
    top = _top_folder(path)
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                yield from _member(archive, member, top)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        yield _Raw(path.name, reason=f"the archive is broken ({error}); what came before is in")


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, top: str) -> Iterator[_Raw]:
    inside = PurePosixPath(member.name)
    if member.isdir() or inside.suffix.lower() not in _SUFFIXES:
        return
    if inside.is_absolute() or ".." in inside.parts:
        yield _Raw(member.name, reason="its path climbs out of the archive")
    elif not member.isfile():
        yield _Raw(member.name, reason="a link, not a file")
    elif member.size > MAX_PAGE:
        yield _Raw(member.name, reason=f"larger than {MAX_PAGE >> 20} MB")
    elif not any(part.startswith(".") and part != "." for part in inside.parts):
        file = archive.extractfile(member)
        shown = inside.relative_to(top).as_posix() if top and inside.parts[0] == top else inside.as_posix()
        yield _Raw(shown, file.read() if file else b"")


def _top_folder(path: Path) -> str:
    """Return the one folder that holds everything, as archives are packed, or nothing.

    Without it the pages have the same paths as in the unpacked folder.
    """
    tops: set[str] = set()
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                parts = PurePosixPath(member.name).parts
                if parts and parts[0] not in {"/", ".."}:
                    tops.add(parts[0] if len(parts) > 1 or member.isdir() else "")
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        return tops.pop() if len(tops) == 1 else ""
    return tops.pop() if len(tops) == 1 else ""


def _documents(raw: _Raw, version: str, base: str) -> Iterator[Incoming]:
    text = _decoded(raw.data)
    if text is None:
        yield IncomingSkip(raw.path, "not text")
        return
    page = read_page(text, PurePosixPath(raw.path).stem)
    if not page.sections:
        yield IncomingSkip(raw.path, "a page without text")
        return
    ordinals: Counter[str] = Counter()
    address = _address(raw.path, page, base)
    for section in page.sections:
        ordinal = ordinals[section.heading]
        ordinals[section.heading] += 1
        yield IncomingDocument(
            path=raw.path,
            url=f"{address}#{section.anchor}" if address and section.anchor else address,
            title=page.title,
            heading=section.heading,
            ordinal=ordinal,
            text=section.text,
            version=version,
        )


def _decoded(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        return None
    return data.decode("utf-8-sig", errors="replace")


def _address(path: str, page: Page, base: str) -> str:
    """Return the address of a page: its front matter's slug or id under the base, else its path."""
    if not base:
        return ""
    if page.slug:
        return f"{base}/{page.slug.strip('/')}"
    stem = re.sub(r"\.(md|markdown|mdx)$", "", path, flags=re.IGNORECASE)
    stem = re.sub(r"(^|/)(index|readme)$", "", stem, flags=re.IGNORECASE)
    return f"{base}/{stem.strip('/')}".rstrip("/")
