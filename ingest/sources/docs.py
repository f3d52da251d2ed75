"""Documentation: a folder or an archive of Markdown, cut by heading. Opened by `threadlore ingest docs`."""

from __future__ import annotations

import os
import re
import tarfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from threadlore.errors import BadInput, NotFound
from threadlore.ids import digest
from threadlore.incoming import Incoming, IncomingDocument, IncomingEnd, IncomingSkip
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
    place = digest(source, version, str(path.resolve()))
    return FileSource(source, lambda: _read(path, version, base, place), (path,))


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


def _pages_of(folder: Path, closed: Callable[[OSError], None] = lambda error: None) -> Iterator[Path]:
    """Yield the pages below a folder, broken links too; `closed` is told of folders that cannot be read."""
    found = [
        Path(parent) / name
        for parent, folders, names in os.walk(folder, onerror=closed)
        for name in _shown(folders, names)
    ]
    for file in sorted(found):
        if file.suffix.lower() in _SUFFIXES and (file.is_file() or file.is_symlink()):
            yield file


def _shown(folders: list[str], names: list[str]) -> list[str]:
    """Return the names that are not hidden, and keep hidden folders from being looked into."""
    folders[:] = [name for name in folders if not name.startswith(".")]
    return [name for name in names if not name.startswith(".")]


@dataclass(frozen=True, slots=True)
class _Raw:
    """A page as it lies in its folder or archive; `reason` says why it was not read."""

    path: str
    data: bytes = b""
    reason: str = ""
    whole: bool = False
    """The reason holds for everything that was still to come."""


def _read(path: Path, version: str, base: str, place: str) -> Iterator[Incoming]:
    """Yield the sections, and at the end what they prove: that the others are gone.

    What could not be read proves nothing, and a place without a single page is a mistake, not an end.
    """
    raws = _from_folder(path) if path.is_dir() else _from_tar(path) if _is_tar(path) else _from_file(path)
    sections, unread, broken = 0, list[str](), False
    for raw in raws:
        items = [IncomingSkip(raw.path, raw.reason)] if raw.reason else [*_documents(raw, version, base)]
        passed = [item for item in items if isinstance(item, IncomingSkip)]
        unread += [item.item for item in passed]
        broken |= raw.whole
        sections += len(items) - len(passed)
        yield from items
    if not sections and not unread:
        yield IncomingSkip(path.name, "it holds no Markdown")
    if sections and not broken:
        yield IncomingEnd(place, tuple(unread))


def _from_folder(folder: Path) -> Iterator[_Raw]:
    root = folder.resolve()
    closed: list[OSError] = []
    for file in _pages_of(folder, closed.append):
        shown = file.relative_to(folder).as_posix()
        if not file.resolve().is_relative_to(root):
            yield _Raw(shown, reason="a link that leads out of the folder")
        else:
            yield _page(file, shown)
    for error in closed:
        inside = Path(error.filename or folder).relative_to(folder).as_posix()
        yield _Raw(f"{inside}/", reason=f"cannot be looked into ({error.strerror})", whole=inside == ".")


def _page(file: Path, shown: str) -> _Raw:
    try:
        if file.stat().st_size > MAX_PAGE:
            return _Raw(shown, reason=f"larger than {MAX_PAGE >> 20} MB")
        return _Raw(shown, file.read_bytes())
    except OSError as error:
        return _Raw(shown, reason=f"cannot be read ({error.strerror})")


def _from_file(file: Path) -> Iterator[_Raw]:
    yield _page(file, file.name)


def _from_tar(path: Path) -> Iterator[_Raw]:
    """Read members in memory, one at a time: nothing of an archive is ever written to disk."""
    top = _top_folder(path)
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                yield from _member(archive, member, top)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        yield _Raw(path.name, reason=f"the archive is broken ({error}); what came before is in", whole=True)


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, top: str) -> Iterator[_Raw]:
    inside = PurePosixPath(member.name)
    if member.isdir() or inside.suffix.lower() not in _SUFFIXES:
        return
    shown = inside.relative_to(top).as_posix() if top and inside.parts[0] == top else inside.as_posix()
    if inside.is_absolute() or ".." in inside.parts:
        yield _Raw(member.name, reason="its path climbs out of the archive")
    elif not member.isfile():
        yield _Raw(shown, reason="a link, not a file")
    elif member.size > MAX_PAGE:
        yield _Raw(shown, reason=f"larger than {MAX_PAGE >> 20} MB")
    elif not any(part.startswith(".") and part != "." for part in inside.parts):
        file = archive.extractfile(member)
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
