"""A deletion that was killed on its way to the published files is finished by whoever comes next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.builders import a_batch, a_message
from threadlore.store.deletion import delete
from threadlore.store.erasure import ERASING, Eraser
from threadlore.store.records import Records


class Killed(Exception):
    """Stands for the end of the process."""


def test_pages_are_made_anew_though_the_deletion_was_killed_before_them(tmp_path: Path) -> None:
    records = Records(tmp_path)
    message = a_message("1", "quokkaplumbing")
    records.save_batch(a_batch(message))
    published: list[str] = []

    def killed() -> None:
        raise Killed

    with pytest.raises(Killed):
        Eraser(records, killed).erase([message.id])
    assert (tmp_path / ERASING).exists() and records.messages([message.id]) == []
    Eraser(records, lambda: published.append("pages")).finish()
    assert published == ["pages"] and not (tmp_path / ERASING).exists()
    Eraser(records, lambda: published.append("again")).finish()
    assert published == ["pages"]
    records.close()


def failing_once(published: list[str]) -> Callable[[], None]:
    """Return what publishes, of which the first try fails."""
    trouble = [OSError("no space left")]

    def publish() -> None:
        if trouble:
            raise trouble.pop()
        published.append("pages")

    return publish


def test_what_failed_on_its_way_is_finished_by_the_next_try(tmp_path: Path) -> None:
    records = Records(tmp_path)
    message = a_message("1", "quokkaplumbing")
    records.save_batch(a_batch(message))
    published: list[str] = []
    eraser = Eraser(records, failing_once(published))
    with pytest.raises(OSError, match="no space"):
        eraser.erase([message.id])
    assert eraser.erase([message.id]) == 0 and published == ["pages"]
    assert eraser.erase([message.id]) == 0 and published == ["pages"], "nothing is left to do"
    records.close()


def test_what_failed_on_its_way_is_finished_by_a_lapse_too(tmp_path: Path) -> None:
    records = Records(tmp_path)
    message = a_message("1", "quokkaplumbing")
    records.save_batch(a_batch(message))
    published: list[str] = []
    eraser = Eraser(records, failing_once(published))
    with pytest.raises(OSError, match="no space"):
        eraser.erase([message.id])
    assert eraser.lapse(message.created_at) == 0 and published == ["pages"]
    assert not (tmp_path / ERASING).exists()
    records.close()


def test_files_are_written_afresh_for_what_was_stored_alone(tmp_path: Path) -> None:
    records = Records(tmp_path)
    stored, unknown = a_message("1", "quokkaplumbing"), a_message("2", "never read")
    records.save_batch(a_batch(stored))
    # SQLite counts a file that is written afresh as a change of its schema.
    before = records.database.value("PRAGMA schema_version")
    assert delete(records, [unknown.id]).files_clean
    assert records.database.value("PRAGMA schema_version") == before
    assert records.save_batch(a_batch(unknown)).refused == 1
    assert delete(records, [stored.id]).files_clean
    assert records.database.value("PRAGMA schema_version") > before
    records.close()


def test_a_deletion_that_ends_leaves_the_memory_of_another_that_does_not(tmp_path: Path) -> None:
    records = Records(tmp_path)
    messages = [a_message(key, "quokkaplumbing") for key in "12"]
    records.save_batch(a_batch(*messages))
    first, second = threading.Event(), threading.Event()
    remembered: list[bool] = []
    others: list[threading.Thread] = []

    def publish() -> None:
        if not others:
            others.append(threading.Thread(target=eraser.erase, args=([messages[1].id],)))
            others[0].start()
        else:
            first.wait()
            remembered.append((tmp_path / ERASING).exists())
            second.set()

    eraser = Eraser(records, publish)
    eraser.erase([messages[0].id])
    first.set()
    others[0].join()
    assert second.is_set() and remembered == [True] and not (tmp_path / ERASING).exists()
    records.close()
