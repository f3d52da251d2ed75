"""Folders that hold what is private, and folders that one process at a time writes to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from threadlore.errors import Locked

WAIT_SECONDS = 120
"""How long a process waits for another one that writes to the same folder."""

_PRIVATE = 0o700


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone can enter; one that holds something stays as it was made.

    Who opens a folder of their own to a group on purpose keeps it open.
    """
    if folder.is_dir() and any(folder.iterdir()):
        return
    folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    folder.chmod(_PRIVATE)


@contextmanager
def held(lock: Path, doing: str, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock file `lock`; the end of the process, whatever ends it, gives it back.

    Args:
        lock: A file of this name is made and stays: removing it would let two processes in.
        doing: What another process is doing when the lock cannot be had, for the message.
        wait: Seconds to wait for it.

    Raises:
        Locked: another process has held it all the time.
    """
    from filelock import FileLock, Timeout

    holder = FileLock(lock, timeout=wait)
    try:
        holder.acquire()
    except Timeout as error:
        raise Locked(f"Another process is {doing}.", "Try again when it is done.") from error
    try:
        yield
    finally:
        holder.release()
