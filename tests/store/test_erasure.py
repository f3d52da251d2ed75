"""A deletion that was killed on its way to the published files is finished by whoever comes next."""

from __future__ import annotations

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
