"""Endpoints of Milvus to run a suite against: Lite in this process, Lite as a server, a real server."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

READY_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(command: Sequence[str], ready: str, folder: Path) -> Iterator[None]:
    """Run a server in a process group of its own, once it says `ready`; kill the group at the end.

    The wrapper of `milvus==2.3.5` leaves its child running when it ends, and the child ignores TERM.
    """
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=environment,
    )
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if ready in line:
                break
        else:
            pytest.fail(f"{command[0]} ended before it was ready: {''.join(said)}")
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=READY_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
        # Half a gigabyte, most of it the unpacked server.
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def lite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("lite-server"), free_port()
    script = Path(sys.executable).with_name("milvus-lite")
    if not script.exists():
        pytest.skip("milvus-lite has no command in this environment")
    command = [str(script), "server", "--data-dir", str(folder / "d"), "--host", "127.0.0.1"]
    with server([*command, "--port", str(port)], str(port), folder):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if importlib.util.find_spec("milvus") is None:
        pytest.skip("no real Milvus server here: pip install milvus==2.3.5")
    folder, port = tmp_path_factory.mktemp("milvus-server"), free_port()
    script = Path(sys.executable).with_name("milvus-server")
    with server([str(script), "--data", str(folder / "d"), "--proxy-port", str(port)], "Ctrl+C", folder):
        yield f"http://127.0.0.1:{port}"
