"""Kills the store at random moments (`kill -9`), runs it again, and compares it with an unbroken run.

`python benchmarks/kill_store.py --kills 30 --seed 1` prints how often it was killed inside the work and
what differs; the exit code is 1 when anything does.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.store.test_kill import content  # noqa: E402


def run(folder: Path, pages: int, kill_after: float | None) -> bool:
    """Run the writer; kill it after that many seconds. Return whether it was killed before its end."""
    command = [sys.executable, "-m", "tests.store.writer", str(folder), str(pages)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        process.wait(kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    if process.returncode:
        raise SystemExit(f"the writer ended with {process.returncode} after a kill")
    return False


def main() -> None:
    """Fill, kill and compare, one folder after the other until there were enough kills."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        unbroken, killed = Path(scratch) / "unbroken", Path(scratch) / "killed"
        started = time.monotonic()
        run(unbroken, options.pages, None)
        whole, expected = time.monotonic() - started, content(unbroken)
        kills = different = folders = 0
        while kills < options.kills:
            while run(killed, options.pages, moments.uniform(0.2, 1.0) * whole) and kills < options.kills - 1:
                kills += 1
            kills += 1
            run(killed, options.pages, None)
            folders += 1
            different += content(killed) != expected
            shutil.rmtree(killed)
        print(f"{kills} kills over {folders} folders: {different} differ from the unbroken run")
        sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
