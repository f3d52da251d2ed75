"""A world, and a data folder that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.discord import Specification, World
from tests.ingest.live.desk import Desk


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def desk(tmp_path: Path, world: World, discord_specification: Specification | None) -> Iterator[Desk]:
    found = Desk(tmp_path / "data", world, discord_specification)
    yield found
    found.close()
