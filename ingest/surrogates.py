"""Lone surrogates in JSON escapes: half of a character, which no parser of UTF-8 takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_HIGH = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}")
_LONE = rb"\ufffd"
_HALF, _PAIR = 6, 12
"""Bytes of an escape, and of the two that stand for one character: a chunk may end inside them."""


class ByteReader(Protocol):
    """What is read from."""

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, empty at the end."""
        ...


@dataclass
class WholeCharacters:
    """A reader of JSON in which an escape of half a character stands as U+FFFD.

    A name that was cut inside an emoji would otherwise end the reading of its file.
    """

    reader: ByteReader
    _held: bytes = b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, a few more than `size` at times; empty at the end."""
        while True:
            chunk = self.reader.read(size)
            text = self._held + chunk
            end = _boundary(text) if chunk else len(text)
            ready, self._held = text[:end], text[end:]
            if ready or not chunk:
                return _ESCAPE.sub(_whole, ready) if b"\\u" in ready else ready


def _boundary(text: bytes) -> int:
    """Return where the escapes begin that may go on in the next chunk."""
    at = text.find(b"\\", max(0, len(text) - _PAIR))
    if at < 0:
        return len(text)
    at = _run_start(text, at)
    # The first half of a pair may stand right before its second.
    return _run_start(text, at - _HALF) if _HIGH.fullmatch(text[at - _HALF : at]) else at


def _run_start(text: bytes, at: int) -> int:
    """Return where the run of backslashes at `at` begins: an escape always begins there."""
    while at > 0 and text[at - 1 : at] == b"\\":
        at -= 1
    return at


def _whole(found: re.Match[bytes]) -> bytes:
    return _LONE if found.group(1) else found.group(0)
