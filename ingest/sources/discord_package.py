"""Discord's own data package: recognised, and refused with the reason."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from threadlore.errors import BadInput
from threadlore.ingest.formats import FileSource

TITLE = "Discord data package (refused)"

_CHANNEL_FOLDER = re.compile(r"(^|/)c?\d{15,21}/(messages\.(json|csv)|channel\.json)$")


def recognise(head: bytes, path: Path) -> float:
    """Return how sure it is that a file is a data package, or a part of an unpacked one."""
    if head[:2] == b"PK":
        return 1.0 if _is_package(path) else 0.0
    if _CHANNEL_FOLDER.search(path.resolve().as_posix()):
        return 1.0 if _own_messages(head) or path.name == "channel.json" else 0.0
    return 1.0 if path.name == "index.json" and _is_index(head) else 0.0


def instance(path: Path, head: bytes) -> str:
    """Return nothing: a package is a person's, not a server's."""
    return ""


def open_files(files: Sequence[Path], name: str, url: str) -> FileSource:
    """Refuse.

    Raises:
        BadInput: always; a package holds one person's own messages without what others answered.
    """
    raise BadInput(
        f"{files[0].name} is a part of Discord's own data package: it holds only the messages of one person, "
        "without questions, answers and authors of others.",
        "Export the channels with DiscordChatExporter (JSON) instead.",
    )


def _is_package(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return any(_CHANNEL_FOLDER.search(name) for name in names)


def _own_messages(head: bytes) -> bool:
    return b'"Contents"' in head or head.lstrip().startswith(b"ID,Timestamp,Contents")


def _is_index(head: bytes) -> bool:
    """The index maps channel ids to labels and nothing else."""
    if not re.match(rb'^\s*\{\s*"\d{15,21}"\s*:\s*("|null)', head):
        return False
    try:
        labels = json.loads(head)
    except (ValueError, RecursionError):
        return True
    return all(label is None or isinstance(label, str) for label in labels.values())
