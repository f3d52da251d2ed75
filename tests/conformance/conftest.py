"""Endpoints of Milvus to run a suite against: Lite in this process, Lite as a server, a real server."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from filelock import FileLock

READY_SECONDS = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(command: Sequence[str], ready: str) -> tuple[subprocess.Popen[str], list[str] | None]:
    """Start a server in a process group of its own; return what it said where it was not ready in time."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said = []
    # The wrapper of `milvus==2.3.5` waits on and on for a child that crashed.
    late = threading.Timer(READY_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    late.start()
    try:
        for line in process.stdout:
            said.append(line)
            if ready in line:
                return process, None
        return process, said
    finally:
        late.cancel()


def _end(process: subprocess.Popen[str]) -> None:
    """Kill a server's group: the child of `milvus==2.3.5` outlives its wrapper, and ignores TERM."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=READY_SECONDS)
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def server(command: Sequence[str], ready: str, folder: Path) -> Iterator[None]:
    """Run a server once it says `ready`; a first start that fails is tried again (2.3.5 can crash in it)."""
    process, said = _start(command, ready)
    if said is not None:
        _end(process)
        process, said = _start(command, ready)
    try:
        if said is not None:
            pytest.fail(f"{command[0]} ended before it was ready: {''.join(said)}")
        yield
    finally:
        _end(process)
        # Half a gigabyte, most of it the unpacked server.
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def lite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("lite-server"), free_port()
    script = Path(sys.executable).with_name("milvus-lite")
    if not script.exists():
        pytest.skip("milvus-lite has no command in this environment")
    command = [str(script), "server", "--data-dir", str(folder / "d"), "--host", "127.0.0.1"]
    with server([*command, "--port", str(port)], str(port), folder):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if importlib.util.find_spec("milvus") is None:
        pytest.skip("no real Milvus server here: pip install milvus==2.3.5")
    folder, port = tmp_path_factory.mktemp("milvus-server"), free_port()
    script = Path(sys.executable).with_name("milvus-server")
    # Only the port of its proxy can be chosen: a second one on this machine would find the rest taken.
    with (
        FileLock(Path(tempfile.gettempdir()) / "threadlore-tests-milvus-server.lock"),
        server([str(script), "--data", str(folder / "d"), "--proxy-port", str(port)], "Ctrl+C", folder),
    ):
        yield f"http://127.0.0.1:{port}"
