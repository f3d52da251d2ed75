"""A run with a model that is killed again and again pays for no reply twice and ends with the same FAQ.

The same in full is `benchmarks/model_kills.py`.
"""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "model_kills.py"


def test_no_call_is_made_twice_whose_reply_was_kept() -> None:
    command = [sys.executable, str(SCRIPT), "--topics", "4", "--kills", "2", "--steps", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 entries" in done.stdout
    assert " 0 made although their reply was kept" in done.stdout


def test_a_call_that_is_made_twice_is_counted() -> None:
    made_twice = runpy.run_path(str(SCRIPT))["made_twice"]
    assert made_twice(["a", "b"], {"c"}) == 0
    assert made_twice(["a", "b"], {"b"}) == 1
    assert made_twice(["a", "a"], {"a"}) == 3
