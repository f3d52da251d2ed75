"""Deletions that go on outside of the records, remembered until all of it is done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ERASING = "erasing"
"""File in the data folder that is there while a deletion has not reached every file yet."""


@contextmanager
def erasing(folder: Path) -> Iterator[None]:
    """Remember that a deletion was begun; forget it when it is done, and not where it breaks off."""
    path = folder / ERASING
    with path.open("w") as file:
        os.fsync(file.fileno())
    yield
    path.unlink(missing_ok=True)


def was_cut_off(folder: Path) -> bool:
    """Tell whether a deletion was begun and did not reach its end."""
    return (folder / ERASING).exists()
