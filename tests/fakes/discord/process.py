"""A fake Discord in a process of its own, driven by orders over its standard input."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


class DiscordProcess:
    """A running fake.

    Attributes:
        api: address of the REST side, for THREADLORE_DISCORD_API.
        gateway: address of the gateway, for THREADLORE_DISCORD_GATEWAY.
        token: the bot token it takes.
        guild: id of the generated guild, 0 without one.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        told = self._answer()
        self.api: str = told["api"]
        self.gateway: str = told["gateway"]
        self.token: str = told["token"]
        self.guild: int = told.get("guild", 0)

    def do(self, order: str, **arguments: Any) -> dict[str, Any]:
        """Give an order (`control.py`) and return its result.

        Raises:
            RuntimeError: the order failed.
        """
        if self._process.stdin is None:
            raise RuntimeError("the fake has no standard input")
        self._process.stdin.write(json.dumps({"do": order, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise RuntimeError(f"{order}: {answer['error']}")
        return answer

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("the fake Discord ended; its own output says why")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def discord_process(*arguments: str) -> Iterator[DiscordProcess]:
    """Run `python -m tests.fakes.discord` with these arguments until the block is left."""
    with subprocess.Popen(  # the command is this module's own
        [sys.executable, "-m", "tests.fakes.discord", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield DiscordProcess(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait()
