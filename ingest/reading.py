"""Bytes of a file as clean UTF-8: compression, byte order marks, wrong encodings and absurd sizes."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from threadlore.errors import BadInput
from threadlore.ingest.surrogates import ByteReader

CHUNK = 1 << 16
HEAD = 1 << 16
MAX_STRING = 4 << 20
MAX_LINE = 16 << 20
MAX_DEPTH = 200

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class BrokenFile(BadInput):
    """A file ends or breaks in the middle; what came before is whole."""


@dataclass
class Utf8Reader:
    """A binary reader that hands out valid UTF-8 whatever the file holds.

    `replaced` counts characters that could not be decoded and stand as U+FFFD.
    """

    raw: BinaryIO
    path: Path
    replaced: int = 0
    _decoder: codecs.IncrementalDecoder | None = None
    _ready: bytes = b""
    _ended: bool = False

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes (all for a negative one), empty at the end.

        Raises:
            BrokenFile: the compressed data ends early or is damaged.
        """
        if size == 0:
            return b""
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._fill()
        if size < 0:
            size = len(self._ready)
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def _fill(self) -> None:
        try:
            chunk = self.raw.read(CHUNK)
        except (EOFError, OSError, zlib.error) as error:
            raise BrokenFile(f"{self.path.name} cannot be read to its end: {error}") from error
        first = self._decoder is None
        if self._decoder is None:
            encoding, skip = _encoding(chunk)
            self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
            chunk = chunk[skip:]
        text = self._decoder.decode(chunk, final=not chunk and not first)
        self.replaced += text.count("\ufffd") - chunk.count(b"\xef\xbf\xbd")
        self._ready += text.encode("utf-8", errors="replace")
        self._ended = not chunk


def _encoding(head: bytes) -> tuple[str, int]:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    if len(head) >= 4 and head[1:2] == b"\0" and head[3:4] == b"\0" and head[:1] != b"\0":
        return "utf-16-le", 0
    if len(head) >= 4 and head[:1] == b"\0" and head[2:3] == b"\0" and head[1:2] != b"\0":
        return "utf-16-be", 0
    return "utf-8", 0


@contextmanager
def open_utf8(path: Path) -> Iterator[Utf8Reader]:
    """Open a text file, compressed with gzip or not, as valid UTF-8.

    Raises:
        BadInput: the file is missing or may not be read.
    """
    try:
        plain = path.open("rb")
    except OSError as error:
        raise BadInput(f"{path} cannot be opened: {error.strerror}.", "Check the path.") from error
    with plain:
        compressed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        raw = cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if compressed else plain
        yield Utf8Reader(raw, path)


def read_head(path: Path, size: int = HEAD) -> bytes:
    """Return the first `size` bytes of a text file, as UTF-8; what is readable of a broken one."""
    with open_utf8(path) as reader:
        try:
            return reader.read(size)
        except BrokenFile:
            return reader._ready[:size]


@dataclass
class JsonGuard:
    """Stands before a JSON parser and stops what would fill the memory: deep nesting, endless strings.

    What stands before the place that goes too far is handed out first, so that it comes in whole.
    """

    reader: ByteReader
    read_bytes: int = 0
    _depth: int = 0
    _open: bytes = b""
    _failure: str = ""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes.

        Raises:
            BrokenFile: a string is longer than 4 MB, or brackets nest deeper than 200.
        """
        self._stop_if_failed()
        chunk = self.reader.read(CHUNK if size < 0 else size)
        if chunk:
            chunk = chunk[: self._safe(chunk)]
        self.read_bytes += len(chunk)
        if not chunk:
            self._stop_if_failed()
        return chunk

    def _stop_if_failed(self) -> None:
        if self._failure:
            raise BrokenFile(self._failure)

    def _safe(self, chunk: bytes) -> int:
        """Return how many bytes of `chunk` may be parsed; fewer than all of them set the failure."""
        text = self._open + chunk
        if len(self._open) > CHUNK and b'"' not in chunk:
            return self._wait(text, chunk)
        bare = _STRING.sub(b"", text)
        start = bare.find(b'"')
        # What is left after the last whole string may hold the start of one: it waits for more.
        outside, rest = (bare, b"") if start < 0 else (bare[:start], bare[start:])
        depth = self._depth
        for bracket in _BRACKETS.findall(outside):
            depth += 1 if bracket in b"[{" else -1
            if depth > MAX_DEPTH:
                return self._too_deep(text, chunk)
        self._depth = depth
        return self._wait(rest, chunk)

    def _wait(self, rest: bytes, chunk: bytes) -> int:
        self._open = rest
        if len(rest) <= MAX_STRING:
            return len(chunk)
        self._failure = f"a text of more than {MAX_STRING >> 20} MB"
        return 0

    def _too_deep(self, text: bytes, chunk: bytes) -> int:
        self._failure = f"brackets nest deeper than {MAX_DEPTH}"
        depth = self._depth
        for found in _STRING_OR_BRACKET.finditer(text):
            if found.group(0)[:1] != b'"':
                depth += 1 if found.group(0) in b"[{" else -1
            if depth > MAX_DEPTH:
                return max(0, found.start() - (len(text) - len(chunk)))
        return 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text file with its number from 1; `text` is None when it was too long."""

    number: int
    text: bytes | None


def lines(reader: Utf8Reader, limit: int = MAX_LINE) -> Iterator[Line]:
    """Yield the lines of a file; one longer than `limit` bytes comes without its text.

    Raises:
        BrokenFile: the compressed data ends early; the lines before it were yielded.
    """
    number, pending, too_long = 1, bytearray(), False
    while chunk := reader.read(CHUNK):
        *whole, tail = chunk.split(b"\n")
        for part in whole:
            pending += part
            too_long = too_long or len(pending) > limit
            yield Line(number, None if too_long else bytes(pending))
            number, pending, too_long = number + 1, bytearray(), False
        pending += tail
        if len(pending) > limit:
            too_long, pending = True, bytearray()
    if pending or too_long:
        yield Line(number, None if too_long else bytes(pending))
