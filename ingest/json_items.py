"""Objects out of a JSON file one at a time, whatever its size, with what broke and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadlore.ingest.reading import BrokenFile, JsonGuard, open_utf8
from threadlore.ingest.surrogates import WholeCharacters


@dataclass
class JsonItems:
    """The items of a JSON file under a prefix (ijson's way of naming a place), streamed.

    After the loop `broken` says why the file ended early (empty when it did not), `at` after how
    many bytes, and `replaced` how many characters could not be decoded.
    """

    path: Path
    prefix: str
    broken: str = ""
    at: int = 0
    replaced: int = 0

    def __iter__(self) -> Iterator[Any]:
        import ijson

        with open_utf8(self.path) as reader:
            guard = JsonGuard(WholeCharacters(reader))
            try:
                yield from ijson.items(guard, self.prefix, use_float=True, multiple_values=True)
            except ijson.JSONError as error:
                self.broken = _first_line(error)
            except BrokenFile as error:
                self.broken = error.message
            except (ValueError, OverflowError) as error:
                self.broken = f"a value that is no JSON: {error}"
            self.at = guard.read_bytes
            self.replaced = reader.replaced

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield (item, reason) for what was wrong with the file as a whole."""
        if self.broken:
            yield (
                self.path.name,
                f"broken within the first {self.at} bytes ({self.broken}); what came before is in",
            )
        if self.replaced:
            yield self.path.name, f"{self.replaced} characters could not be decoded and were replaced"


def _first_line(error: Exception) -> str:
    text = str(error.args[0] if error.args else error)
    if isinstance(error.args[0] if error.args else "", bytes):
        text = error.args[0].decode("utf-8", errors="replace")
    return text.strip().splitlines()[0].strip() if text.strip() else type(error).__name__


def root_values(path: Path, prefix_of_array: str, limit: int = 1 << 20) -> dict[str, Any]:
    """Return the scalar values that stand before the array at `prefix_of_array`, by their dotted place.

    Reads no further than the array's start or `limit` bytes; a broken header gives what was read.
    """
    import ijson

    found: dict[str, Any] = {}
    with open_utf8(path) as reader:
        guard = JsonGuard(WholeCharacters(reader))
        try:
            for place, event, value in ijson.parse(guard, use_float=True, buf_size=4096):
                if place == prefix_of_array and event == "start_array":
                    break
                if event in ("string", "number", "boolean", "null"):
                    found[place] = value
                if guard.read_bytes > limit:
                    break
        except (ijson.JSONError, BrokenFile, ValueError, OverflowError):
            return found
    return found
