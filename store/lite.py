"""Milvus Lite: one process at a time. We hold a lock of our own, so that we can say who has it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO

from threadlore.errors import Locked

HOLDER_SUFFIX = ".holder"
"""File beside the folder of Milvus Lite that says which process has it open."""


def is_lite(uri: str) -> bool:
    """Tell whether `uri` is a folder of Milvus Lite rather than a server."""
    return "://" not in uri


class LiteLock:
    """The right to open a Milvus Lite folder, given back by `release` or by the end of the process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock, and write who took it.

        Raises:
            Locked: another process has the folder open; the message names both.
        """
        import fcntl

        self.folder.parent.mkdir(parents=True, exist_ok=True)
        path = self.folder.with_name(self.folder.name + HOLDER_SUFFIX)
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            text = file.read()
            file.close()
            raise Locked(
                f"Milvus Lite in {self.folder} is open in {_describe(text)}.",
                "Wait for it or stop it, or set milvus_uri to a Milvus server, which many can share.",
            ) from error
        file.truncate(0)
        json.dump({"pid": os.getpid(), "command": " ".join(Path(part).name for part in sys.argv[:3])}, file)
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def _describe(text: str) -> str:
    try:
        holder = json.loads(text)
    except ValueError:
        return "another process"
    return f"process {holder.get('pid')} ({holder.get('command')})"


def release_server(folder: Path) -> None:
    """Stop the engine that runs inside this process for `folder`: closing the client leaves it running."""
    from milvus_lite.server_manager import server_manager_instance

    server_manager_instance.release_server(str(folder))
