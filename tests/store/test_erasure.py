"""A deletion that was killed on its way to the published files is finished by whoever comes next."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.store.builders import a_batch, a_message
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
