"""What a file format offers, and the source that reads a group of its files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from threadlore.incoming import Incoming, IncomingBatch
from threadlore.ingest.paging import read_pages


class Format(Protocol):
    """A module of `ingest/sources`: recognises its files by content and opens them."""

    TITLE: str

    def recognise(self, head: bytes, path: Path) -> float:
        """Return how sure it is, from 0 to 1, that `head` (the first 64 KB as UTF-8) is its own."""
        ...

    def instance(self, path: Path, head: bytes) -> str:
        """Return the instance that a file belongs to (a guild, a repository), empty when it says none."""
        ...

    def open_files(self, files: Sequence[Path], name: str, url: str) -> FileSource:
        """Return the source that reads `files`, all of one instance.

        Raises:
            BadInput: the format is refused, or needs a name that is missing.
        """
        ...


@dataclass
class FileSource:
    """A source over files: `read` yields what they hold, in the same order every time."""

    name: str
    read: Callable[[], Iterator[Incoming]]
    files: tuple[Path, ...] = ()

    def batches(self, cursors: Mapping[str, str]) -> AsyncIterator[IncomingBatch]:
        """Yield the content in pages; files have no cursor, the sink knows what is new."""
        return read_pages(self.read())
