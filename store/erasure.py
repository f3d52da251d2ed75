"""A deletion through everything that is on disk, remembered until all of it is done."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from threadlore.store.deletion import DeletionReport, delete
from threadlore.store.records import Records
from threadlore.store.retention import lapse

ERASING = "erasing"
"""File in the data folder that is there while a deletion has not reached every file yet."""


@dataclass(frozen=True)
class Eraser:
    """Deletes from the records and then from what was published; Milvus follows with the next `drain`."""

    records: Records
    publish_again: Callable[[], object]
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def erase(
        self, message_ids: Sequence[str], thread_ids: Sequence[str] = (), channel_ids: Sequence[str] = ()
    ) -> int:
        """Delete messages, threads and channels; return how many messages there were.

        Killed before its end, it is finished by `finish`.
        """
        return self._through(lambda: delete(self.records, message_ids, thread_ids, channel_ids))

    def lapse(self, before: datetime) -> int:
        """Delete what was written before a time and no entry stands on; return how many messages."""
        return self._through(lambda: lapse(self.records, before))

    def _through(self, deletion: Callable[[], DeletionReport]) -> int:
        """Delete all the way, and finish with it what an earlier deletion left; return how many messages."""
        with self.remembered() as unfinished:
            report = deletion()
            if unfinished or report.messages or report.threads:
                self.publish_again()
        return report.messages

    def finish(self) -> None:
        """Finish a deletion that was killed: files written afresh, pages without what is gone."""
        if (self.records.folder / ERASING).exists():
            with self.remembered():
                self.publish_again()

    @contextmanager
    def remembered(self) -> Iterator[bool]:
        """Remember a deletion until the block has published again as well.

        Yields whether an earlier one was not done: its records are written afresh then.
        """
        # One after another: the first to end would forget the others.
        with self._turn:
            path = self.records.folder / ERASING
            unfinished = path.exists()
            with path.open("w") as file:
                os.fsync(file.fileno())
            if unfinished:
                self.records.database.compact()
            yield unfinished
            path.unlink(missing_ok=True)
