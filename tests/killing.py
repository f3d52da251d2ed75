"""Work in a process of its own that is killed (`kill -9`) at its n-th change of a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_SCRIPT = """
import os, signal, sys
folder, left = os.path.realpath(sys.argv[1]), int(sys.argv[2])
{setup}
def watch(event, arguments):
    global left
    if event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
        return
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect"):
        if str(arguments[0]).startswith(folder):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
{work}
"""


def finished(setup: str, work: str, folder: Path, changes: int) -> bool:
    """Run `setup`, then `work` until it has made so many changes below `folder`; tell whether it ended."""
    script = _SCRIPT.format(setup=setup, work=work)
    command = [sys.executable, "-c", script, str(folder), str(changes)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == 0
