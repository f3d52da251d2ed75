"""Shared by all tests: no network beyond this machine, and where the real data lies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.openai_spec import OpenAISpecification

if TYPE_CHECKING:
    from tests.fakes.discord import Specification

# Matrix products of workers that share few cores wait for one another: seconds become a minute.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Nothing here is timed: a busy machine must fail no test.
settings.register_profile("threadlore", deadline=None)
settings.load_profile("threadlore")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _loopback_only(socket_allow_loopback: None) -> None:
    """Refuse every connection that leaves this machine."""


@pytest.fixture
def socket_allow_loopback() -> None:
    """Allow sockets on loopback alone, which Milvus Lite needs."""
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real data; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("THREADLORE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the real data (THREADLORE_SHARED) is not on this machine")
    return folder


@pytest.fixture(scope="session")
def openai_specification(shared: Path) -> OpenAISpecification:
    """OpenAI's specification as a validator; tests that need it skip where it is absent."""
    file = shared / "knowledge" / "openai_openapi.json"
    if not file.is_file():
        pytest.skip("OpenAI's specification is not on this machine")
    return OpenAISpecification(file)


@pytest.fixture(scope="session")
def discord_specification() -> Specification | None:
    """Discord's own OpenAPI document, against which the fake checks payloads; None where it is absent."""
    from tests.fakes.discord import specification_beside

    return specification_beside(Path(os.environ.get("THREADLORE_SHARED", ROOT.parent / "shared")))
